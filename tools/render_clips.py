#!/usr/bin/env python3
"""Renders MP4 clips of the demo world, with questions and their right answers.

  render_clips.py demo --out resources/clips
  render_clips.py keep-right --clips resources/clips --results RESULTS
  render_clips.py set --seed 9000000 --clips 12 --size 448 --frames 48 --out tests/data/demo_eval

Both also write questions.jsonl: one object per line with `clip` (a path relative to the folder), `question`, `answer` and
`kind`.  `set` makes the clips of the seeds S, S+1, ...; `demo` those that the program ships with, from whose
questions `keep-right` then keeps those that the shipped model answers right, with its default pruning and with none:

  sparsight-cli eval resources/clips --prune none,sparsevlm-plus --budgets 100%,25% --out build/clips-results
  render_clips.py keep-right --clips resources/clips --results build/clips-results

Needs numpy and the ffmpeg program.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

try:
    import numpy as np
except ModuleNotFoundError as missing:
    sys.exit(f"render_clips.py: {missing}. It needs: apt-get install python3-numpy ffmpeg, or pip install numpy")

from demo.questions import sample
from demo.video import write_clip
from demo.world import DEMO_SEEDS, HELD_OUT_SEEDS, TRAIN_SEEDS, make_world


# The shipped clips: name, seed, frames, frames per second, sound.
DEMO = (
    ("crossing", DEMO_SEEDS.start + 25, 48, 12, False),
    ("rising", DEMO_SEEDS.start + 34, 100, 25, True),
    ("opposite", DEMO_SEEDS.start + 27, 48, 12, False),
    ("latecomer", DEMO_SEEDS.start + 190, 96, 24, True),
    ("trio", DEMO_SEEDS.start + 43, 48, 12, False),
    ("growing", DEMO_SEEDS.start + 31, 60, 15, True),
)


DEMO_QUESTIONS = 14  # per clip


def write_questions(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def rows_of(clip: str, seed: int, world, count: int) -> list[dict]:
    """`count` lines of questions.jsonl about `world`, by kind; the seed decides questions and wordings."""
    asked = sample(world, np.random.default_rng([seed, 3]), count)
    asked.sort(key=lambda one: one.kind)
    return [{"clip": clip, "question": one.question, "answer": one.answer, "kind": one.kind} for one in asked]


def render_demo(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, seed, frames, fps, sound in DEMO:
        world = make_world(seed)
        write_clip(out / f"{name}.mp4", world, 448, frames, fps, sound)
        rows += rows_of(f"{name}.mp4", seed, world, DEMO_QUESTIONS)
    write_questions(out / "questions.jsonl", rows)
    print(f"{len(DEMO)} clips, {len(rows)} questions in {out}")


def render_set(args: argparse.Namespace) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in range(args.seed, args.seed + args.clips):
        world = make_world(seed)
        name = f"clip-{seed}.mp4"
        write_clip(args.out / name, world, args.size, args.frames, args.fps, args.sound, args.crf)
        rows += rows_of(name, seed, world, args.questions)
    write_questions(args.out / "questions.jsonl", rows)
    print(f"{args.clips} clips, {len(rows)} questions in {args.out}")


def keep_right(clips: Path, results: Path) -> None:
    """Keeps in questions.jsonl of `clips` the questions that `sparsight-cli eval --out results` got right in every setting."""
    asked, right, wrong = Counter(), set(), set()
    for path in sorted(results.glob("results-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            result = json.loads(line)
            (right if result.get("right") else wrong).add(result["id"])
    path = clips / "questions.jsonl"
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        clip = json.loads(line)["clip"]
        asked[clip] += 1
        if f"{clip}#{asked[clip]}" in right - wrong:
            kept.append(line)
    path.write_text("".join(kept), encoding="utf-8")
    print(f"{len(kept)} of {sum(asked.values())} questions are answered right")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the clips that the program ships with")
    demo.add_argument("--out", type=Path, required=True)
    many = commands.add_parser("set", help="clips of consecutive seeds")
    many.add_argument("--out", type=Path, required=True)
    many.add_argument("--seed", type=int, required=True,
                      help=f"first seed; training draws from {TRAIN_SEEDS.start} to {TRAIN_SEEDS.stop - 1}, shipped clips "
                      f"from {DEMO_SEEDS.start}, tests from {HELD_OUT_SEEDS.start}")
    many.add_argument("--clips", type=int, default=12)
    many.add_argument("--size", type=int, default=448, help="side in pixels")
    many.add_argument("--frames", type=int, default=48)
    many.add_argument("--fps", type=float, default=12)
    many.add_argument("--questions", type=int, default=10, help="questions per clip")
    many.add_argument("--crf", type=int, default=29, help="x264's quality: lower is better and larger")
    many.add_argument("--sound", action="store_true")
    cut = commands.add_parser("keep-right", help="drop the questions that were answered wrongly")
    cut.add_argument("--clips", type=Path, required=True, help="folder with questions.jsonl")
    cut.add_argument("--results", type=Path, required=True, help="of `sparsight-cli eval --out`")
    args = parser.parse_args(arguments)
    if args.command == "demo":
        render_demo(args.out)
    elif args.command == "keep-right":
        keep_right(args.clips, args.results)
    else:
        render_set(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
