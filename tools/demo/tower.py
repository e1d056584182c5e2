"""Stage 1: the tower learns to tell what each patch shows.

Losses on the features that the projector will read: shape and colour of the object in the patch (cross-entropy, with
background as one more class), that object's centre and radius (L1), the patch's own place (L1).  Patches with an object
weigh more.  Colour is learnt at once; shape stays at chance for hundreds of steps before it improves.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .draw import render
from .labels import owners
from .model import Shape, Tower
from .pixels import normalised
from .steps import train
from .world import COLORS, SHAPES, SIDE, TRAIN_SEEDS, make_world

OBJECT_WEIGHT = 5.0


@dataclass(frozen=True)
class TowerPlan:
    steps: int = 1500
    batch: int = 32  # frames per step, each of another world
    rate: float = 1.5e-3
    decay: float = 0.02
    seed: int = 0
    save_every: int = 50


class DenseHeads(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.shape = nn.Linear(width, len(SHAPES) + 1)
        self.color = nn.Linear(width, len(COLORS) + 1)
        self.thing = nn.Linear(width, 3)
        self.place = nn.Linear(width, 2)


def dense_targets(world, time: float, grid: int) -> np.ndarray:
    """float32 [grid * grid, 5]: shape and colour class (0 for background), the object's x, y, radius over the frame's side"""
    rows = np.zeros((len(world.things) + 1, 5), np.float32)
    for row, thing in zip(rows, world.things):
        row[:] = (SHAPES.index(thing.shape) + 1, list(COLORS).index(thing.color) + 1,
                  *(v / SIDE for v in thing.center(time)), thing.radius_at(time) / SIDE)
    return rows[owners(world, time, grid).ravel()]  # -1, background, is the last row: zeros


def train_tower(shape: Shape, plan: TowerPlan, path: Path, resume: bool) -> None:
    torch.manual_seed(plan.seed)
    tower, heads = Tower(shape), DenseHeads(shape.tower_width)
    steps_y, steps_x = np.divmod(np.arange(shape.grid**2), shape.grid)
    own_place = torch.tensor(np.stack([steps_x, steps_y], 1) / shape.grid).float()

    def loss_of(step: int):
        rng = np.random.default_rng([plan.seed, 10, step])
        frames, targets = [], []
        for seed in rng.integers(TRAIN_SEEDS.start, TRAIN_SEEDS.stop, plan.batch):
            world, time = make_world(int(seed)), float(rng.random())
            frames.append(render(world, shape.image, [time])[0])
            targets.append(dense_targets(world, time, shape.grid))
        target = torch.from_numpy(np.stack(targets)).flatten(0, 1)
        features = tower(normalised(np.stack(frames)))[:, 1:].flatten(0, 1)
        seen = target[:, 0] > 0
        weight = torch.where(seen, OBJECT_WEIGHT, 1.0)
        weight = weight / weight.sum()
        kinds = heads.shape(features)
        loss = (F.cross_entropy(kinds, target[:, 0].long(), reduction="none") * weight).sum()
        loss = loss + (F.cross_entropy(heads.color(features), target[:, 1].long(), reduction="none") * weight).sum()
        if seen.any():
            loss = loss + 2 * (heads.thing(features[seen]) - target[seen, 2:]).abs().mean()
        loss = loss + (heads.place(features) - own_place.repeat(plan.batch, 1)).abs().mean()
        right = (kinds.argmax(-1) == target[:, 0])[seen].float().mean().item() if seen.any() else 0.0
        return loss, f"shape {right:.2f}"

    train("tower", {"tower": tower, "heads": heads}, loss_of, path, plan.steps, plan.rate, plan.decay, plan.save_every,
          {**asdict(plan), "shape": shape.as_dict()}, resume)
