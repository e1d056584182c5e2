#!/usr/bin/env python3
"""Prints what the GPU's kernels take on two GPUs, as BENCHMARKS.md has it, from what ptxas said when they were compiled.

tools/gpu_kernels.py [--build FOLDER] [--write]     FOLDER: build/ci; --write puts the table into BENCHMARKS.md

A kernel whose values do not fit into registers keeps some in memory (it spills): results stay right, and it is slower,
which no test of results shows. The exit status is 1 if a kernel that counts spills, on any GPU that it was compiled for,
and 2 if the build has no kernels: it had no nvcc (tools/install_cuda fetches it).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TREE = Path(__file__).resolve().parent.parent
BUILD = TREE / "build/ci"
DOCUMENT = TREE / "BENCHMARKS.md"
BEGIN, END = "<!-- kernels: tools/gpu_kernels.py --write -->\n", "<!-- end of kernels -->\n"
SHOWN = (86, 90)  # of the table: GeForce RTX 30, H100
# Run once for a video, a prompt or a pruning, not in every layer: they may spill, and are not in the table.
COLD = {"centre_rows", "column_means", "combine", "copy_rows", "distances", "double_products", "embed", "gather_rows",
        "mean_of_heads", "not_finite", "pair_sums", "patchify", "tower_input", "unit_rows"}


class Kernel(NamedTuple):
    name: str
    architecture: int  # 86: of sm_86
    registers: int
    shared: int  # bytes
    spilled: int  # bytes stored and loaded


def read(said: str) -> list[Kernel]:
    """The kernels in what `ptxas -v` says."""
    kernels = []
    for part in re.split(r"(?=ptxas info +: Compiling entry function)", said)[1:]:
        name = re.search(r"entry function '(\w+)' for 'sm_(\d+)[af]?'", part)
        spills = re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", part)
        registers = re.search(r"Used (\d+) registers", part)
        if not (name and spills and registers):
            raise ValueError(f"ptxas says in other words than this script knows: {part.splitlines()[0]}")
        shared = re.search(r"(\d+) bytes smem", part)
        kernels.append(Kernel(name[1], int(name[2]), int(registers[1]), int(shared[1]) if shared else 0,
                              int(spills[1]) + int(spills[2])))
    return kernels


def kernels_of(build: Path) -> list[Kernel]:
    """Those of a build; none if it had no nvcc."""
    said = build / "kernels/ptxas.txt"
    return read(said.read_text(encoding="utf-8")) if said.exists() else []


def hot(kernels: list[Kernel]) -> list[Kernel]:
    return [kernel for kernel in kernels if kernel.name not in COLD]


def spills(kernels: list[Kernel]) -> list[str]:
    return [f"{kernel.name} spills {kernel.spilled} bytes on sm_{kernel.architecture}" for kernel in hot(kernels)
            if kernel.spilled]


def listed() -> list[str]:
    """The kernels that the program knows."""
    return re.findall(r"^ +X\((\w+), \w+\)", (TREE / "kernels/cuda/kernel_list.h").read_text(encoding="utf-8"), re.M)


def architectures(build: Path) -> list[int]:
    """Those that the build was asked for."""
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    return [int(one) for one in re.search(r"^SPARSIGHT_CUDA_ARCHITECTURES:\w+=(.*)$", cache, re.M)[1].split(";")]


def images(build: Path, tool: Path, kind: str) -> list[int]:
    """The architectures of what cuobjdump finds in the build's image; `kind` is elf or ptx."""
    image = build / "kernels/device_kernels.fatbin"
    found = subprocess.run([tool, f"-l{kind}", image], check=True, capture_output=True, text=True).stdout
    return [int(one) for one in re.findall(rf"sm_(\d+)[af]?\.{'cubin' if kind == 'elf' else 'ptx'}$", found, re.M)]


def table(kernels: list[Kernel]) -> str:
    by_place = {(kernel.name, kernel.architecture): kernel for kernel in hot(kernels)}
    lines = ["| kernel |" + "".join(f" sm_{a}: registers | bytes shared |" for a in SHOWN),
             "|---|" + "---:|---:|" * len(SHOWN)]
    for name in [name for name in listed() if any((name, a) in by_place for a in SHOWN)]:
        cells = [by_place.get((name, a)) for a in SHOWN]
        lines.append(f"| {name} |" + "".join(f" {cell.registers} | {cell.shared:,} |" if cell else "  |  |"
                                            for cell in cells))
    return "\n".join(lines) + "\n"


def in_document() -> list[str]:
    """The kernels in the table of BENCHMARKS.md."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return re.findall(r"^\| (\w+) \| *\d", text, re.M)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=BUILD, help="folder of the build")
    parser.add_argument("--write", action="store_true", help="put the table into BENCHMARKS.md")
    options = parser.parse_args()
    kernels = kernels_of(options.build)
    if not kernels:
        print(f"{options.build}: has no kernels for GPUs: it had no nvcc (tools/install_cuda)", file=sys.stderr)
        return 2
    print(table(kernels), end="")
    if options.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table(kernels)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    for line in spills(kernels):
        print(line, file=sys.stderr)
    return 1 if spills(kernels) else 0


if __name__ == "__main__":
    sys.exit(main())
