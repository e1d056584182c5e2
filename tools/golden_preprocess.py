#!/usr/bin/env python3
"""Writes tests/data/preprocess/resize.json: fingerprints of what PIL's Image.resize makes of a pattern.

Needs numpy and Pillow. The pattern and the fingerprint are those of tests/preprocess_test.cpp.
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


def main():
    cases = []
    for (width, height), to in SIZES:
        image = Image.fromarray(pattern(width, height))
        for number in range(6):
            resized = image.resize(to, number)
            cases.append({"from": [width, height], "to": list(to), "filter": number, "fnv1a": fnv1a(resized.tobytes())})
    path = pathlib.Path(__file__).resolve().parent.parent / "tests/data/preprocess/resize.json"
    path.write_text("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
