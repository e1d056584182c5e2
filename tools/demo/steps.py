"""Running a stage of training step by step so that it can be killed at any time and continue where it stopped."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn


def write_atomically(value, path: Path) -> None:
    """torch.save to `path`: after a crash the file is the old one or the new one, whole."""
    part = path.with_suffix(".part")
    with open(part, "wb") as out:
        torch.save(value, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, path)


class Progress:
    """Prints a line from time to time, with the time left."""

    def __init__(self, name: str, total: int, done: int):
        self.name, self.total, self.first = name, total, done
        self.begun = time.monotonic()

    def line(self, done: int, text: str = "") -> None:
        passed = time.monotonic() - self.begun
        left = passed / max(done - self.first, 1) * (self.total - done)
        print(f"{self.name} {done}/{self.total}  {text}  {passed:.0f} s, {left:.0f} s to go", flush=True)


def one_cycle(done: float, warm: float = 0.1) -> float:
    """The learning rate as a share of its peak after `done` (0 to 1) of the steps: a linear rise, a cosine fall."""
    if done < warm:
        return max(done / warm, 0.02)
    return 0.005 + 0.995 * 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm)))


def optimizer_for(parts: list[nn.Module], rate: float, decay: float) -> torch.optim.AdamW:
    """AdamW over the parameters of `parts`; only matrices decay."""
    parameters = [p for part in parts for p in part.parameters()]
    groups = [{"params": [p for p in parameters if p.ndim >= 2], "weight_decay": decay},
              {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def train(name: str, parts: dict[str, nn.Module], loss_of: Callable[[int], tuple[torch.Tensor, str]], path: Path,
          steps: int, rate: float, decay: float, save_every: int, plan: dict, resume: bool) -> None:
    """Runs `steps` steps that minimise `loss_of(step)`, which must depend only on the step and the weights, so that a
    resumed run equals an uninterrupted one.  The checkpoint at `path` holds `parts`, the optimizer and `plan`; one
    of another plan is refused."""
    modules = list(parts.values())
    optimizer = optimizer_for(modules, rate, decay)
    first = 0
    if resume and path.exists():
        saved = torch.load(path, weights_only=True)
        if saved["plan"] != plan:
            changed = [f"{key} {saved['plan'].get(key)}, now {plan[key]}" for key in plan if saved["plan"].get(key) != plan[key]]
            raise SystemExit(f"{path} was made with other settings ({'; '.join(changed)}): remove it or use --no-resume")
        for key, part in parts.items():
            part.load_state_dict(saved[key])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
        print(f"{name}: continuing from step {first} of {steps}", flush=True)
    progress = Progress(name, steps, first)
    for part in modules:
        part.train()
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * one_cycle(step / steps)
        loss, text = loss_of(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for part in modules for p in part.parameters()], 1.0)
        optimizer.step()
        done = step + 1
        if done % 10 == 0 or done == steps:
            progress.line(done, f"loss {loss.item():.4f}  {text}")
        if done % save_every == 0 or done == steps:
            state = {key: part.state_dict() for key, part in parts.items()}
            write_atomically({**state, "optimizer": optimizer.state_dict(), "step": done, "plan": plan}, path)
    for part in modules:
        part.eval()
