"""Paints a World: things with smooth edges on a dark gradient with blocky texture and noise."""

from __future__ import annotations

import numpy as np

from .world import SIDE, Thing, World


def _star() -> np.ndarray:
    angles = -np.pi / 2 + np.arange(10) * np.pi / 5
    lengths = np.where(np.arange(10) % 2 == 0, 1.12, 0.47)
    return np.stack([lengths * np.cos(angles), lengths * np.sin(angles)], 1)


_ARM = 0.36
_OUTLINES = {  # corners in units of the radius, y down
    "square": np.array([(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)]),
    "triangle": np.array([(0.0, -1.05), (1.05, 0.8), (-1.05, 0.8)]),
    "star": _star(),
    "cross": np.array([(-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM),
                       (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM)]),
}


def _distance(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Signed distance from the outline of `shape` (radius 1, centre 0), negative inside."""
    if shape == "circle":
        return np.hypot(x, y) - 1
    corners = _OUTLINES[shape]
    nearest = np.full(x.shape, np.inf, np.float32)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0)):
        ex, ey = bx - ax, by - ay
        wx, wy = x - ax, y - ay
        part = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, (wx - ex * part) ** 2 + (wy - ey * part) ** 2)
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ex * (y - ay) / ey + ax)
    return np.where(inside, -1, 1) * np.sqrt(nearest)


def coverage(thing: Thing, time: float, size: int) -> tuple[slice, slice, np.ndarray] | None:
    """The rows and columns of a `size` x `size` frame that `thing` touches at `time`, and its opacity there
    (0 to 1, [rows, columns]); None while it is not visible."""
    if time < thing.appears:
        return None
    scale = size / SIDE
    x, y = (v * scale for v in thing.center(time))
    radius = thing.radius_at(time) * scale
    reach = 1.2 * radius + 1
    left, right = (int(np.clip(v, 0, size)) for v in (x - reach, x + reach + 1))
    top, bottom = (int(np.clip(v, 0, size)) for v in (y - reach, y + reach + 1))
    columns = (np.arange(left, right, dtype=np.float32) + 0.5 - x) / radius
    rows = (np.arange(top, bottom, dtype=np.float32) + 0.5 - y) / radius
    grid_x, grid_y = np.meshgrid(columns, rows)
    opacity = np.clip(0.5 - _distance(thing.shape, grid_x, grid_y) * radius, 0, 1)
    return slice(top, bottom), slice(left, right), opacity.astype(np.float32)


def _background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A dark gradient between two colours with blocks of texture on it: float32 [size, size, 3]."""
    first, second = rng.uniform(8, 70, (2, 3))
    angle = rng.uniform(0, 2 * np.pi)
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    ramp = np.clip(0.5 + axis[None] * np.cos(angle) + axis[:, None] * np.sin(angle), 0, 1)[..., None]
    blocks = int(rng.integers(8, 29))
    texture = rng.normal(0, rng.uniform(2, 7), (blocks, blocks, 1)).astype(np.float32)
    index = np.arange(size) * blocks // size
    return ((1 - ramp) * first + ramp * second + texture[index][:, index]).astype(np.float32)


def render(world: World, size: int, times) -> np.ndarray:
    """The frames of `world` at `times`: uint8 [len(times), size, size, 3], RGB."""
    rng = np.random.default_rng([world.seed, 2])
    background = _background(rng, size)
    grain = rng.uniform(0.5, 3.5)
    noise = rng.normal(0, grain, (size + 64, size + 64, 1)).astype(np.float32)
    frames = np.empty((len(times), size, size, 3), np.uint8)
    for frame, time in zip(frames, times):
        canvas = background.copy()
        for thing in world.things:
            touched = coverage(thing, time, size)
            if touched:
                rows, columns, opacity = touched
                canvas[rows, columns] += opacity[..., None] * (np.array(thing.rgb, np.float32) - canvas[rows, columns])
        dy, dx = rng.integers(0, 64, 2)
        canvas += noise[dy:dy + size, dx:dx + size]
        np.clip(canvas + 0.5, 0, 255, out=canvas)
        frame[:] = canvas
    return frames


def frame_times(count: int) -> np.ndarray:
    """The times of a clip's `count` frames: [count], from 0 to 1."""
    return np.arange(count) / max(count - 1, 1)
