"""Stage 2: the frozen tower's features of the training clips, computed once and stored in two flat files."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch

from .labels import clip_frames, clip_owners
from .model import Model, Shape
from .pixels import normalised
from .steps import Progress
from .world import TRAIN_SEEDS, make_world


class Features:
    """Clip i (the world of seed TRAIN_SEEDS.start + i): `values` float16 [clips, tokens, tower width] and `owners` int8
    [clips, tokens], the index of the object a token shows or -1.  `done` clips are computed."""

    def __init__(self, folder: Path, shape: Shape, clips: int):
        self.folder, self.clips = folder, clips
        self.tokens = shape.frames * shape.frame_tokens
        folder.mkdir(parents=True, exist_ok=True)
        self.values = self._map("values.f16", np.float16, (clips, self.tokens, shape.tower_width))
        self.owners = self._map("owners.i8", np.int8, (clips, self.tokens))

    def _map(self, name: str, kind, sizes: tuple[int, ...]) -> np.memmap:
        path = self.folder / name
        wanted = int(np.prod(sizes)) * np.dtype(kind).itemsize
        if not path.exists() or path.stat().st_size < wanted:
            with open(path, "ab") as out:
                out.truncate(wanted)
        return np.memmap(path, kind, "r+", shape=sizes)

    def done(self, tower: str) -> int:
        """Clips computed so far with the tower of digest `tower`."""
        state = self.folder / "done.json"
        saved = json.loads(state.read_text()) if state.exists() else {}
        return min(saved["clips"], self.clips) if saved.get("tower") == tower else 0

    def mark(self, tower: str, clips: int) -> None:
        self.values.flush()
        self.owners.flush()
        part = self.folder / "done.part"
        part.write_text(json.dumps({"tower": tower, "clips": clips}))
        os.replace(part, self.folder / "done.json")


def digest(module: torch.nn.Module) -> str:
    total = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        total.update(name.encode() + value.numpy().tobytes())
    return total.hexdigest()[:16]


@torch.no_grad()
def compute_features(model: Model, folder: Path, clips: int, resume: bool) -> Features:
    """The features of `clips` clips by the tower of `model`; those already in `folder` are reused."""
    shape, tower = model.shape, digest(model.tower)
    features = Features(folder, shape, clips)
    first = features.done(tower) if resume else 0
    progress = Progress("features", clips, first)
    for index in range(first, clips):
        world = make_world(TRAIN_SEEDS.start + index)
        frames = clip_frames(world, shape.frames, shape.image)
        features.values[index] = model.tower(normalised(frames)).flatten(0, 1).half().numpy()
        features.owners[index] = clip_owners(world, shape.frames, shape.grid)
        if (index + 1) % 20 == 0 or index + 1 == clips:
            features.mark(tower, index + 1)
            progress.line(index + 1)
    return features
