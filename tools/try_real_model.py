#!/usr/bin/env python3
"""Asks models about the shipped clips, in Sparsight and in transformers, and compares all ids.

Called by tools/try_real_model.sh, which installs what this needs and explains the options.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import av
import torch
from PIL import Image

from original_video_llava import OriginalVideoLlava


@dataclass
class Score:
    """One model's row of the table."""
    model: str
    asked: int = 0
    prompts: int = 0   # whose ids are the same
    answers: int = 0
    tokens: int = 0    # of the answers, up to the first that differs
    of_tokens: int = 0
    ours_s: float = 0
    theirs_s: float = 0
    problem: str = ""
    differences: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return not self.problem and self.asked > 0 and self.prompts == self.answers == self.asked

    def row(self) -> str:
        if self.problem:
            return f"| {self.model} | {self.problem} | | | | |"
        return (f"| {self.model} | {self.prompts} of {self.asked} | {self.answers} of {self.asked} "
                f"| {self.tokens} of {self.of_tokens} | {self.ours_s:.0f} s | {self.theirs_s:.0f} s |")


class Program:
    """sparsight-cli."""

    def __init__(self, path: Path):
        self.path = path

    def json(self, *arguments: str):
        done = subprocess.run([str(self.path), *arguments, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"sparsight-cli {arguments[0]}: {json.loads(done.stdout)['error']['message']}")
        return json.loads(done.stdout)

    def first_frame(self, clip: Path, folder: Path) -> Path:
        out = folder / clip.stem
        subprocess.run([str(self.path), "frames", str(clip), "--frames", "1", "--out", str(out)], check=True,
                       stdout=subprocess.DEVNULL)
        return next(out.glob("*.png"))


def frames_of(clip: Path, indices: list[int]) -> tuple[list[Image.Image], float, int]:
    """The frames with these indices, the rate and the number of all frames."""
    found = {}
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate)
        for index, frame in enumerate(container.decode(stream)):
            if index in indices:
                found[index] = frame.to_image()
            total = index + 1
    return [found[index] for index in indices], rate, total


class Transformers:
    """A model as transformers reads it."""

    def __init__(self, folder: Path, dtype: torch.dtype):
        from transformers import AutoModelForImageTextToText, AutoProcessor
        self.processor = AutoProcessor.from_pretrained(folder)
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()

    def answer(self, question: str, image: Image.Image | None, clip, tokens: int) -> tuple[list[int], list[int]]:
        kind = "image" if clip is None else "video"
        chat = [{"role": "user", "content": [{"type": kind}, {"type": "text", "text": question}]}]
        prompt = self.processor.apply_chat_template(chat, add_generation_prompt=True)
        if clip is None:
            inputs = self.processor(text=[prompt], images=[image], return_tensors="pt")
        else:
            frames, rate, total, indices = clip
            metadata = {"total_num_frames": total, "fps": rate, "frames_indices": indices, "duration": total / rate,
                        "width": frames[0].width, "height": frames[0].height, "video_backend": "pyav"}
            inputs = self.processor(text=[prompt], videos=[frames], video_metadata=[metadata], do_sample_frames=False,
                                    return_tensors="pt")
        inputs = {name: value.to(self.model.dtype) if value.is_floating_point() else value
                  for name, value in inputs.items() if torch.is_tensor(value)}
        with torch.inference_mode():
            out = self.model.generate(**inputs, do_sample=False, num_beams=1, max_new_tokens=tokens)[0]
        length = inputs["input_ids"].shape[1]
        ends = self.model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        return inputs["input_ids"][0].tolist(), [i for i in out[length:].tolist() if i not in ends]


def without_runs(ids: list[int]) -> list[int]:
    """Both programs expand the placeholder of a picture at different times: runs of an id become one."""
    return [i for n, i in enumerate(ids) if n == 0 or ids[n - 1] != i]


def peer_of(folder: Path, dtype: torch.dtype):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("mm_video_tower"):
        return OriginalVideoLlava(folder, config, dtype)
    return Transformers(folder, dtype)


def try_model(program: Program, model: str, questions: list[tuple[Path, str]], options) -> Score:
    score = Score(model)
    try:
        folder = Path(program.json("models", "pull", model, "--yes")["path"])
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        pictures = config["model_type"] == "llava" and not config.get("mm_video_tower")
        peer = peer_of(folder, getattr(torch, options.dtype))
        with tempfile.TemporaryDirectory() as scratch:
            for clip, question in questions:
                file = program.first_frame(clip, Path(scratch)) if pictures else clip
                began = time.monotonic()
                ours = program.json("ask", "--model", str(folder), "--max-new-tokens", str(options.tokens), str(file),
                                    question)
                between = time.monotonic()
                if pictures:
                    prompt, answer = peer.answer(question, Image.open(file).convert("RGB"), None, options.tokens)
                else:
                    indices = [frame["index"] for frame in ours["frames"]]
                    prompt, answer = peer.answer(question, None, (*frames_of(clip, indices), indices), options.tokens)
                score.ours_s += between - began
                score.theirs_s += time.monotonic() - between
                compare(score, ours, prompt, answer, f"{clip.name}: {question}")
    except Exception as error:  # one model that fails does not end the others
        score.problem = " ".join(str(error).split())[:200] or type(error).__name__
    return score


def compare(score: Score, ours: dict, prompt: list[int], answer: list[int], about: str) -> None:
    got = ours["generated_ids"]
    same = next((n for n, (a, b) in enumerate(zip(got, answer)) if a != b), min(len(got), len(answer)))
    score.asked += 1
    score.prompts += without_runs(ours["prompt_ids"]) == without_runs(prompt)
    score.answers += got == answer
    score.tokens += same
    score.of_tokens += max(len(got), len(answer))
    if got != answer:
        score.differences.append(f"{about}: {got} in Sparsight, {answer} in transformers")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cli", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--model", default="")
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    return parser.parse_args()


def main() -> None:
    options = read_options()
    program = Program(options.cli)
    models = [name for name in options.model.split(",") if name]
    if not models:
        models = [model["id"] for model in program.json("models", "list", "--recommended")]
    lines = (options.clips / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    step = max(1, len(asked) // options.questions)
    questions = [(options.clips / one["clip"], one["question"]) for one in asked[::step]][:options.questions]
    print("| model | prompts with the same ids | answers with the same ids | ids up to the first other one | Sparsight "
          "| transformers |\n|---|---|---|---|---|---|", flush=True)
    scores = []
    for model in models:
        print(f"{model} ...", file=sys.stderr, flush=True)
        scores.append(try_model(program, model, questions, options))
        print(scores[-1].row(), flush=True)
        for difference in scores[-1].differences:
            print(f"  {difference}", file=sys.stderr)
    if not all(score.same for score in scores):
        sys.exit(1)


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
