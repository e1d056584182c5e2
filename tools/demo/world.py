"""What is in a clip of the demo world: one to four coloured shapes that move, grow, or appear later.

Lengths are in pixels of a 224 x 224 frame, whatever size a clip is drawn in; times run from 0 (first frame) to 1
(last).  A World follows from its seed alone: same seed, same world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 224  # the frame's side, the unit of every length here

# Seeds.  The ranges are disjoint, so that no training clip is ever tested on.
TRAIN_SEEDS = range(0, 1_000_000)
DEMO_SEEDS = range(8_000_000, 9_000_000)
HELD_OUT_SEEDS = range(9_000_000, 10_000_000)

SHAPES = ("circle", "square", "triangle", "star", "cross")
COLORS = {
    "red": (220, 40, 40),
    "green": (40, 180, 60),
    "blue": (50, 90, 230),
    "yellow": (235, 220, 50),
    "orange": (245, 140, 30),
    "purple": (150, 60, 200),
    "white": (240, 240, 240),
    "pink": (245, 130, 190),
}
MOTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1), "still": (0, 0)}
GROWTHS = {"grows": 1.7, "shrinks": 0.55, "same": 1.0}  # last radius / first radius

# The nine places of the frame, row by row.
PLACES = ("top left", "top center", "top right", "middle left", "center", "middle right", "bottom left", "bottom center",
          "bottom right")

ARRIVAL = 0.85  # objects reach their end place at this time and rest there, so that every sampling of frames shows it
CLEAR = 5.0  # a centre this close to a line between two of the nine places is clearly in neither

JITTER = 14  # an object's colour may differ from that of its name by this many levels of 255
RADII = (16.0, 36.0)
PATHS = (60.0, 120.0)


@dataclass(frozen=True)
class Thing:
    """One object of a clip."""

    shape: str
    color: str
    rgb: tuple[int, int, int]
    motion: str
    growth: str
    radius: float  # when first seen
    start: tuple[float, float]  # centre (x, y) when first seen
    end: tuple[float, float]  # centre from ARRIVAL on
    appears: float = 0.0  # first seen at this time

    @property
    def late(self) -> bool:
        return self.appears > 0

    def progress(self, time: float) -> float:
        """How much of its way is done at `time`, 0 to 1."""
        return min(max((time - self.appears) / (ARRIVAL - self.appears), 0.0), 1.0)

    def center(self, time: float) -> tuple[float, float]:
        """Centre (x, y) at `time`."""
        part = self.progress(time)
        return tuple(a + (b - a) * part for a, b in zip(self.start, self.end))

    def radius_at(self, time: float) -> float:
        """Radius at `time`."""
        return self.radius * (1 + (GROWTHS[self.growth] - 1) * self.progress(time))


@dataclass(frozen=True)
class World:
    """A clip's contents.  The background and the noise follow from `seed` too (see draw.py)."""

    seed: int
    things: tuple[Thing, ...]


def place_of(x: float, y: float) -> str | None:
    """The name of the ninth of the frame that (x, y) lies in; None if it is too close to a border to tell."""
    third = SIDE / 3
    if any(abs(v - line) < CLEAR for v in (x, y) for line in (third, 2 * third)):
        return None
    row, column = (min(int(v // third), 2) for v in (y, x))
    return PLACES[3 * row + column]


def _thing(rng: np.random.Generator, shape: str, color: str, late: bool, share: float) -> Thing:
    motion = str(rng.choice(list(MOTIONS)))
    growth = str(rng.choice(list(GROWTHS), p=(0.2, 0.2, 0.6)))
    radius = rng.uniform(*RADII) * share
    if growth == "grows":
        radius = min(radius, RADII[1] * share / 1.25)
    elif growth == "shrinks":
        radius = max(radius, RADII[0] * 1.3)
    dx, dy = MOTIONS[motion]
    path = rng.uniform(*PATHS)
    margin = 0.8 * radius * max(1.0, GROWTHS[growth])
    room = SIDE - 2 * margin
    path = min(path, room)
    low_x = margin + (path if dx < 0 else 0)
    low_y = margin + (path if dy < 0 else 0)
    x = rng.uniform(low_x, low_x + room - abs(dx) * path)
    y = rng.uniform(low_y, low_y + room - abs(dy) * path)
    rgb = tuple(int(np.clip(v + rng.integers(-JITTER, JITTER + 1), 0, 255)) for v in COLORS[color])
    appears = float(rng.uniform(0.3, 0.55)) if late else 0.0
    return Thing(shape, color, rgb, motion, growth, float(radius), (float(x), float(y)),
                 (float(x + dx * path), float(y + dy * path)), appears)


def _apart(one: Thing, other: Thing) -> bool:
    """Whether the two never cover much of each other while both are visible."""
    first = max(one.appears, other.appears)
    for time in np.linspace(first, 1, 9):
        (ax, ay), (bx, by) = one.center(time), other.center(time)
        if np.hypot(ax - bx, ay - by) < 0.8 * (one.radius_at(time) + other.radius_at(time)):
            return False
    return True


def make_world(seed: int, count: int | None = None) -> World:
    """The world of `seed`, with `count` (1 to 4) objects or as many as the seed says.  No two share a shape."""
    rng = np.random.default_rng([seed, 1])
    drawn = int(rng.choice((1, 2, 3, 4), p=(0.25, 0.3, 0.25, 0.2)))
    count = count or drawn
    share = (1.0, 1.0, 0.9, 0.8)[count - 1]
    while True:
        shapes = rng.permutation(SHAPES)[:count]
        colors = rng.choice(list(COLORS), size=count, replace=bool(rng.random() < 0.15))
        late = int(rng.integers(count)) if count > 1 and rng.random() < 0.35 else -1
        things: list[Thing] = []
        for index, (shape, color) in enumerate(zip(shapes, colors)):
            for _ in range(30):
                thing = _thing(rng, str(shape), str(color), index == late, share)
                if all(_apart(thing, other) for other in things):
                    things.append(thing)
                    break
        if len(things) == count:
            return World(seed, tuple(things))
