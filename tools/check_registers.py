#!/usr/bin/env python3
"""Finds loops of the kernels whose sums are not in registers, in the library as compiled.

tools/check_registers.py [LIBRARY]     default: build/ci/kernels/libsparsight_kernels.a

A tile of a matrix product keeps its sums in registers. If the compiler puts them into memory (a loop that it did not
unroll or not inline, an operand that is an element of an array), results stay right and the product takes twice as
long, which no test of results shows. Prints one line per such loop; the exit status is 1 if there are some, and 2 if
the file could not be read or has no such tile. Looks at code for AVX2 and AVX-512, and at stores relative to the stack
pointer. Needs objdump.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Iterable, NamedTuple

TREE = Path(__file__).resolve().parent.parent
LIBRARY = TREE / "build/ci/kernels/libsparsight_kernels.a"

MULTIPLY_ADD = re.compile(r"(\{vex\} )?v(fmadd|fnmadd|dpbusd|dpwssd|dpbf16ps|pmaddwd|pmaddubsw)")
STORE_TO_STACK = re.compile(r"vmov[a-z0-9]*\s+%[xyz]mm\d+,-?(0x[0-9a-f]+)?\(%r[sb]p")
FEWEST = 8  # multiply-adds of a loop that is a tile's


class Loop(NamedTuple):
    function: str
    multiply_adds: int
    stores: int

    def __str__(self) -> str:
        return f"{self.stores} stores to the stack beside {self.multiply_adds} multiply-adds: {self.function}"


def functions(disassembly: str) -> Iterable[tuple[str, list[tuple[int, str]]]]:
    """Name and (address, instruction) of each function in what `objdump -d --no-show-raw-insn` prints."""
    name, code = "", []
    for line in disassembly.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            yield name, code
            name, code = head[1], []
        elif part := re.match(r"\s*([0-9a-f]+):\t(.*)", line):
            code.append((int(part[1], 16), part[2].strip()))
    yield name, code


def innermost_loops(code: list[tuple[int, str]]) -> list[list[str]]:
    """From the target of each jump back to the jump, without those that contain another one or leave in between."""
    place = {address: i for i, (address, _) in enumerate(code)}
    loops = []
    for end, (_, instruction) in enumerate(code):
        jump = re.match(r"j[a-z]+\s+([0-9a-f]+)", instruction)
        begin = place.get(int(jump[1], 16)) if jump else None
        if begin is not None and begin <= end:
            loops.append((begin, end))
    inner = [a for a in loops if not any(a != b and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    bodies = [[instruction for _, instruction in code[begin:end + 1]] for begin, end in inner]
    return [body for body in bodies if not any(re.match(r"jmp|ret", instruction) for instruction in body[:-1])]


def tiles(disassembly: str) -> list[Loop]:
    """Innermost loops with at least FEWEST multiply-adds."""
    found = []
    for name, code in functions(disassembly):
        for body in innermost_loops(code):
            multiply_adds = sum(bool(MULTIPLY_ADD.match(instruction)) for instruction in body)
            stores = sum(bool(STORE_TO_STACK.match(instruction)) for instruction in body)
            if multiply_adds >= FEWEST:
                found.append(Loop(name, multiply_adds, stores))
    return found


def in_memory(loops: list[Loop]) -> list[Loop]:
    """Those that store at least half as many vectors to the stack as they multiply and add."""
    return [loop for loop in loops if 2 * loop.stores >= loop.multiply_adds]


def disassembled(library: Path) -> str:
    return subprocess.run(["objdump", "-d", "-C", "--no-show-raw-insn", str(library)], check=True, capture_output=True,
                          text=True).stdout


def main() -> int:
    if any(argument in ("-h", "--help") for argument in sys.argv[1:]) or len(sys.argv) > 2:
        print(__doc__.strip())
        return 0 if len(sys.argv) == 2 else 2
    library = Path(sys.argv[1]) if len(sys.argv) == 2 else LIBRARY
    if not library.exists():
        print(f"{library}: there is no such file; build it with `cmake --build --preset ci`", file=sys.stderr)
        return 2
    try:
        loops = tiles(disassembled(library))
    except OSError as error:
        print(f"objdump cannot be run: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"{library}: expected a library or an object file; objdump says: {error.stderr.strip()}", file=sys.stderr)
        return 2
    if not loops:
        print(f"{library}: expected the kernels for x86-64, found no loop of {FEWEST} multiply-adds", file=sys.stderr)
        return 2
    found = in_memory(loops)
    for loop in found:
        print(loop)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
