"""Accuracy on a folder of clips with questions.jsonl: greedy answers, right if the whole answer is equal."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from .hub import load_model
from .model import Model
from .pixels import normalised, resized, sampled
from .prompt import END, Tokenizer
from .questions import KINDS
from .video import read_clip


@torch.no_grad()
def context_of(model: Model, tokenizer: Tokenizer, frames: np.ndarray) -> torch.Tensor:
    """Embeddings before a clip's first question: [1, text + visual tokens, width]; frames uint8 [frames, side, side, 3]"""
    visual = model.project(model.tower(normalised(frames))).flatten(0, 1)
    return torch.cat([model.embed(torch.tensor(tokenizer.context())), visual])[None]


def conversation(tokenizer: Tokenizer, earlier: list[dict], question: str) -> list[int]:
    """Ids after the visual tokens up to the answer of `question`; `earlier` rows are turns answered rightly."""
    ids: list[int] = []
    for index, row in enumerate(earlier):
        ids += tokenizer.turn(row["question"], index == 0) + tokenizer.answer(row["answer"])
    return ids + tokenizer.turn(question, not earlier)


def evaluate(folder: Path, clips: Path, turns: tuple[int, ...] = (1,)) -> dict[str, dict]:
    """Accuracy of the model in `folder` on the questions of `clips`: asked alone (turn 1), or as a later turn of a
    conversation whose earlier turns are other questions about the clip with right answers.  Returns for "turn N"
    {"all": [right, asked], kind: [right, asked], ..., "rows": each question with the answer given}."""
    model, tokenizer = load_model(folder), Tokenizer(folder / "tokenizer.model")
    by_clip: dict[str, list[dict]] = defaultdict(list)
    for line in (clips / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_clip[row["clip"]].append(row)
    results = {turn: {**{kind: [0, 0] for kind in (*KINDS, "all")}, "rows": []} for turn in turns}
    for number, (clip, asked) in enumerate(by_clip.items()):
        frames = resized(sampled(read_clip(clips / clip), model.shape.frames), model.shape.image)
        cache = model.read_context(context_of(model, tokenizer, frames))
        asked = [asked[index] for index in np.random.default_rng(number).permutation(len(asked))]
        for turn, result in results.items():
            # The turns before question i are those before it in the shuffled order, which wraps around.
            prompts = [conversation(tokenizer, [asked[i - back] for back in range(turn - 1, 0, -1)], row["question"])
                       for i, row in enumerate(asked)]
            for row, ids in zip(asked, model.answer(cache, prompts, END)):
                given = tokenizer.decode(ids)
                right = given == row["answer"]
                for name in (row["kind"], "all"):
                    result[name][0] += right
                    result[name][1] += 1
                result["rows"].append({**row, "given": given, "right": right})
    return {f"turn {turn}": {name: counts for name, counts in result.items() if name == "rows" or counts[1]}
            for turn, result in results.items()}


def table(results: dict[str, dict]) -> str:
    """Results side by side: one line per kind, one column per result."""
    names = [kind for kind in (*KINDS, "all") if any(kind in result for result in results.values())]
    lines = [f"{'kind':<10}" + "".join(f"{title:>20}" for title in results)]
    for name in names:
        cells = []
        for result in results.values():
            right, asked = result.get(name, (0, 0))
            cells.append(f"{right:>4} /{asked:>4} {100 * right / asked:>6.1f} %" if asked else "-")
        lines.append(f"{name:<10}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)
