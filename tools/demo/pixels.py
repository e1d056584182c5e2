"""Frames to the tower's input, as the checkpoint's preprocessor_config.json says: bicubic, centre crop, normalised."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def sampled(frames: np.ndarray, count: int) -> np.ndarray:
    """`count` frames, evenly from the first to the last."""
    return frames[np.linspace(0, len(frames) - 1, count).astype(int)]


def resized(frames: np.ndarray, side: int) -> np.ndarray:
    """uint8 [frames, height, width, 3] -> uint8 [frames, side, side, 3]: the shorter edge to `side`, centre crop"""
    height, width = frames.shape[1:3]
    if (height, width) == (side, side):
        return frames
    scale = side / min(height, width)
    wide, high = int(width * scale), int(height * scale)
    left, top = (wide - side) // 2, (high - side) // 2
    small = [Image.fromarray(frame).resize((wide, high), Image.Resampling.BICUBIC) for frame in frames]
    return np.stack([np.asarray(frame)[top:top + side, left:left + side] for frame in small])


def normalised(frames: np.ndarray) -> torch.Tensor:
    """uint8 [frames, side, side, 3] -> float32 [frames, 3, side, side]"""
    pixels = torch.from_numpy(np.ascontiguousarray(frames)).float() / 255
    return ((pixels - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)
