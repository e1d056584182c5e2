#!/usr/bin/env python3
"""Writes what numpy and PIL compute, for tests/video_test.cpp and tests/preprocess_test.cpp, which hold the same
pattern and fingerprints:

    tests/data/preprocess/resize.json   PIL's Image.resize of a pattern
    tests/data/preprocess/choices.json  the frames that numpy's linspace and arange choose

Needs numpy and Pillow 13.
"""
import json
import pathlib

import numpy as np
from PIL import Image

SIZES = [
    ((64, 48), (28, 21)), ((37, 53), (16, 23)), ((20, 15), (64, 48)), ((33, 33), (33, 11)), ((33, 33), (7, 33)),
    ((5, 3), (224, 1)), ((1, 1), (3, 4)), ((641, 2), (10, 9)), ((100, 75), (99, 76)),
]


def pattern(width, height):
    y, x, c = np.ogrid[:height, :width, :3]
    return ((x * x * 7 + y * 13 + x * y * 3 + c * 85) % 256).astype(np.uint8)


def fnv1a(data):
    value = 2166136261
    for byte in data:
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return f"{value:08x}"


def polynomial(indices):
    value = 0
    for index in indices:
        value = (value * 1000003 + int(index)) % 2147483647
    return value


def choices():
    rng = np.random.default_rng(1)
    totals = list(range(1, 120)) + [int(n) for n in rng.integers(300, 2_000_000, 180)]
    for total in totals:
        count = 8 if total % 3 else int(rng.integers(1, 65))
        linspace = np.linspace(0, total - 1, count).astype(int)
        arange = np.arange(0, total, total / count).astype(int)[:count]
        yield {"total": total, "count": count, "linspace": polynomial(linspace), "arange": polynomial(arange)}


def write(name, cases):
    folder = pathlib.Path(__file__).resolve().parent.parent / "tests/data/preprocess"
    (folder / name).write_text("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")


def main():
    cases = []
    for (width, height), to in SIZES:
        image = Image.fromarray(pattern(width, height))
        for number in range(6):
            resized = image.resize(to, number)
            cases.append({"from": [width, height], "to": list(to), "filter": number, "fnv1a": fnv1a(resized.tobytes())})
    write("resize.json", cases)
    write("choices.json", choices())


if __name__ == "__main__":
    main()
