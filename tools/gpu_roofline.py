#!/usr/bin/env python3
"""Prints the least time that the stages of Video-LLaVA 7B can take on four GPUs, as BENCHMARKS.md has it: a calculation.

tools/gpu_roofline.py [--write]     --write puts the tables into BENCHMARKS.md

Operations are those of core (vision_flops, layer_flops; tests/bench_test.cpp compares), bytes the least that must pass
through the card's memory: every weight once, keys and values once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).resolve().parent.parent / "BENCHMARKS.md"
BEGIN, END = "<!-- roofline: tools/gpu_roofline.py --write -->\n", "<!-- end of roofline -->\n"

# The decoder and the towers of LanguageBind, whose layers attend over time, too. The last of 24 layers is not run.
LAYERS, HIDDEN, INTERMEDIATE, VOCABULARY = 32, 4096, 11008, 32064
TOWER_LAYERS, TOWER, TOWER_MLP, FRAMES, PATCHES, PATCH_INPUTS = 23, 1024, 4096, 8, 256, 3 * 14 * 14
VISUAL, TOKENS = FRAMES * (PATCHES + 1), 2100
# sparsevlm-v1.5 at 194: the visual tokens of layers 0 to 2, 3 to 6, 7 to 15 and 16 to 31 (outputs_for).
KEPT = [VISUAL] * 3 + [355] * 4 + [236] * 9 + [130] * 16
DENSE = [VISUAL] * LAYERS
BF16 = 2  # bytes of a key's or value's number, and of a weight


class Card(NamedTuple):
    name: str
    tflops: float  # dense products of BF16 with sums in float32, 1e12 a second
    bandwidth: float  # GB a second
    memory: int  # GB


CARDS = (Card("RTX 3060", 25.5, 360, 12), Card("RTX 4090", 165.2, 1008, 24), Card("A100", 312, 2039, 80),
         Card("H100", 989.4, 3350, 80))


class Part(NamedTuple):
    """What runs one after the other, such as a layer."""
    flops: float
    weights: float  # bytes
    cache: float = 0  # bytes of keys and values

    def seconds(self, card: Card) -> tuple[float, float]:  # of computing, of memory
        return self.flops / card.tflops / 1e12, (self.weights + self.cache) / card.bandwidth / 1e9


class Stage(NamedTuple):
    name: str
    parts: list[Part]

    def sum(self, what: str) -> float:
        return sum(getattr(part, what) for part in self.parts)

    def seconds(self, card: Card) -> float:
        return sum(max(part.seconds(card)) for part in self.parts)

    def bound(self, card: Card) -> str:
        """What the time goes to."""
        computing = sum(compute for compute, memory in (part.seconds(card) for part in self.parts) if compute > memory)
        share = 100 * computing / self.seconds(card)
        return "compute" if share > 99 else "memory" if share < 1 else f"{share:.0f} % compute"


def bytes_of(kind: str, outputs: int, inputs: int) -> float:
    """Of a matrix as it is stored (kernels/quantised.h)."""
    if kind == "bf16":
        return BF16 * outputs * inputs
    return outputs * (4 + inputs * (1 if kind == "int8" else 0.5 + 1 / 32))


def towers() -> Stage:
    rows, weights = FRAMES * (PATCHES + 1), 8 * TOWER * TOWER + 2 * TOWER * TOWER_MLP
    pairs = rows * (PATCHES + 1) + rows * FRAMES  # within a frame, and of a place over time
    projector = HIDDEN * (TOWER + HIDDEN)
    return Stage("towers and projector",
                 [Part(2 * FRAMES * PATCHES * TOWER * PATCH_INPUTS, BF16 * TOWER * PATCH_INPUTS)] +
                 [Part(2 * rows * weights + 4 * pairs * TOWER, BF16 * weights)] * TOWER_LAYERS +
                 [Part(2 * rows * projector, BF16 * projector)])


def layer(kind: str, tokens: int, leaving: int, cached: int = 0) -> Part:
    """A decoder's layer that computes the last `leaving` of its `tokens` rows, after `cached` keys of earlier passes."""
    pairs = leaving * (cached + tokens) - leaving * (leaving - 1) / 2
    products = 2 * tokens * HIDDEN + 2 * leaving * HIDDEN + 3 * leaving * INTERMEDIATE
    weights = 4 * bytes_of(kind, HIDDEN, HIDDEN) + 2 * bytes_of(kind, INTERMEDIATE, HIDDEN) + bytes_of(
        kind, HIDDEN, INTERMEDIATE)
    return Part(2 * HIDDEN * products + 4 * pairs * HIDDEN, weights, 2 * (cached + tokens) * HIDDEN * BF16)


def head(kind: str) -> Part:
    return Part(2 * HIDDEN * VOCABULARY, bytes_of("bf16" if kind == "bf16" else "int8", VOCABULARY, HIDDEN))


def prefill(name: str, visual: list[int]) -> Stage:
    tokens = [TOKENS - VISUAL + count for count in visual]
    return Stage(f"prefill, {name}", [layer("bf16", n, 1 if i + 1 == LAYERS else n) for i, n in enumerate(tokens)] +
                 [head("bf16")])


def token(kind: str, name: str, visual: list[int]) -> Stage:
    return Stage(f"a token, {kind}, {name}", [layer(kind, 1, 1, TOKENS - VISUAL + count) for count in visual] +
                 [head(kind)])


def stages() -> list[Stage]:
    return ([towers(), prefill("dense", DENSE), prefill("pruned to 194", KEPT)] +
            [token(kind, name, visual) for kind in ("bf16", "int8", "int4")
             for name, visual in (("after dense", DENSE), ("after pruned", KEPT))])


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def tables() -> str:
    all_stages = stages()
    _, dense, pruned = all_stages[:3]
    lines = [row(["card", "TFLOP/s", "GB/s", "FLOP for a byte", "GB"]), "|---|---:|---:|---:|---:|"]
    for card in CARDS:
        lines.append(row([card.name, f"{card.tflops:,.1f}", f"{card.bandwidth:,.0f}",
                          f"{1e3 * card.tflops / card.bandwidth:.0f}", str(card.memory)]))
    lines += ["", row(["stage", "GFLOP", "GB of weights", "GB of keys and values", "FLOP for a byte"]),
              "|---|---:|---:|---:|---:|"]
    for stage in all_stages:
        flops, weights, cache = (stage.sum(what) for what in ("flops", "weights", "cache"))
        lines.append(row([stage.name, f"{flops / 1e9:,.1f}", f"{weights / 1e9:.2f}", f"{cache / 1e9:.3f}",
                          f"{flops / (weights + cache):,.1f}"]))
    lines += ["", row(["least milliseconds"] + [card.name for card in CARDS]), "|---" * (len(CARDS) + 1) + "|"]
    for stage in all_stages:
        fits = [stage.sum("weights") + stage.sum("cache") < 1e9 * card.memory for card in CARDS]
        lines.append(row([stage.name] + [f"{1e3 * stage.seconds(card):,.1f}, {stage.bound(card)}{'' if fit else ' *'}"
                                         for card, fit in zip(CARDS, fits)]))
    flops_saved = 1 - pruned.sum("flops") / dense.sum("flops")
    saved = [1 - pruned.seconds(card) / dense.seconds(card) for card in CARDS]
    lines.append(row([f"pruning saves {100 * flops_saved:.1f} % of prefill's operations; of its time"] +
                     [f"{100 * share:.1f} %, or {share / flops_saved:.2f} of that" for share in saved]))
    return "\n".join(lines) + "\n"


def in_document() -> str:
    return DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into BENCHMARKS.md")
    options = parser.parse_args()
    print(tables(), end="")
    if options.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
