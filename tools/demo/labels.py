"""What each token of a clip shows, for the dense and auxiliary losses; and clips as the tower sees them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from .draw import coverage, frame_times, render
from .pixels import resized
from .video import read_clip, write_clip
from .world import SIDE, World

COVERED = 0.25  # an object counts if it covers more than this part of a patch


def owners(world: World, time: float, grid: int) -> np.ndarray:
    """The index of the object that each patch of a grid x grid frame shows at `time`, -1 for none: int8 [grid, grid].
    Later objects hide earlier ones."""
    result = np.full((grid, grid), -1, np.int8)
    whole = np.zeros((SIDE, SIDE), np.float32)
    block = SIDE // grid
    for index, thing in enumerate(world.things):
        touched = coverage(thing, time, SIDE)
        if touched:
            whole[:] = 0
            whole[touched[0], touched[1]] = touched[2]
            covered = whole[:block * grid, :block * grid].reshape(grid, block, grid, block).mean((1, 3))
            result[covered > COVERED] = index
    return result


def clip_owners(world: World, frames: int, grid: int) -> np.ndarray:
    """As `owners` for all visual tokens of a clip, CLS first in every frame: int8 [frames * (1 + grid * grid)]"""
    result = np.full((frames, 1 + grid * grid), -1, np.int8)
    for row, time in zip(result, frame_times(frames)):
        row[1:] = owners(world, time, grid).ravel()
    return result.ravel()


def clip_frames(world: World, frames: int, side: int) -> np.ndarray:
    """A training clip, uint8 [frames, side, side, 3].  For every other seed it is drawn at twice the size, compressed
    with H.264 and shrunk again, like a user's file."""
    if world.seed % 2 == 0:
        return render(world, side, frame_times(frames))
    crf = int(np.random.default_rng([world.seed, 4]).integers(22, 33))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path, world, 2 * side, frames, crf=crf)
        return resized(read_clip(path), side)
