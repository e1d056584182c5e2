#!/usr/bin/env python3
"""Writes the results of numpy and PIL for tests/video_test.cpp, tests/image_test.cpp and tests/preprocess_test.cpp, which
have the same pattern and fingerprints:

    tests/data/preprocess/resize.json   PIL's Image.resize of a pattern
    tests/data/preprocess/choices.json  the frames that numpy's linspace and arange choose
    tests/data/preprocess/images.json   PIL's pixels, upright and as RGB, of the files in images/, which it writes too

Needs numpy and Pillow 13.
"""
import json
import pathlib

import numpy as np
from PIL import Image, ImageOps

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests/data/preprocess"
SIZES = [
    ((64, 48), (28, 21)), ((37, 53), (16, 23)), ((20, 15), (64, 48)), ((33, 33), (33, 11)), ((33, 33), (7, 33)),
    ((5, 3), (224, 1)), ((1, 1), (3, 4)), ((641, 2), (10, 9)), ((100, 75), (99, 76)),
]


def pattern(width, height):
    y, x, c = np.ogrid[:height, :width, :3]
    return ((x * x * 7 + y * 13 + x * y * 3 + c * 85) % 256).astype(np.uint8)


def photo(width, height, phase=0):
    """Soft shades, hard edges of colour and some grain, which chroma at half the size shows badly."""
    y, x, c = np.ogrid[:height, :width, :3]
    shades = 128 + 90 * np.sin((x + phase) / 9 + c) * np.cos(y / 13 - c)
    edges = 60 * (((x + phase) // 11 + y // 7 + c) % 3 == 0)
    grain = np.random.default_rng(7).normal(0, 6, (height, width, 3))
    return (shades + edges + grain).clip(0, 255).astype(np.uint8)


def with_alpha(rgb):
    height, width, _ = rgb.shape
    y, x = np.ogrid[:height, :width]
    alpha = (255 * np.minimum(1, np.hypot(x - width / 2, y - height / 2) / (width / 3))).astype(np.uint8)
    return Image.fromarray(np.dstack([rgb, alpha]), "RGBA")


def turned(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


def images(folder):
    """Names and PIL options: odd sizes, so that chroma ends in the middle of a sample."""
    rgb = Image.fromarray(photo(97, 65))
    rgba = with_alpha(photo(75, 58))
    rgb.save(folder / "lossy.webp", quality=80)
    rgb.save(folder / "lossy-coarse.webp", quality=5)
    rgb.save(folder / "lossless.webp", lossless=True)
    rgba.save(folder / "alpha-lossy.webp", quality=80)
    rgba.save(folder / "alpha-lossless.webp", lossless=True, exact=True)
    frames = [Image.fromarray(photo(64, 49, phase)) for phase in (0, 5, 10)]
    frames[0].save(folder / "animated.webp", save_all=True, append_images=frames[1:], quality=70, duration=100)
    # Transparent margins, which the encoder stores as a frame smaller than the canvas.
    small = Image.new("RGBA", (70, 60))
    small.paste(with_alpha(photo(41, 30)), (18, 12))
    small.save(folder / "animated-margin.webp", save_all=True, append_images=[rgba.resize((70, 60))], quality=70,
               duration=100)
    for number in range(2, 9):
        Image.fromarray(photo(33, 20)).save(folder / f"turned-{number}.webp", quality=80, exif=turned(number))
    rgba.save(folder / "alpha-turned-6.webp", quality=60, exif=turned(6))
    for number in (3, 6):
        Image.fromarray(photo(23, 14)).save(folder / f"turned-{number}.png", exif=turned(number))
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        yield {"file": path.name, "size": list(upright.size), "fnv1a": fnv1a(upright.tobytes())}


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
    (DATA / name).write_text("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")


def main():
    cases = []
    for (width, height), to in SIZES:
        image = Image.fromarray(pattern(width, height))
        for number in range(6):
            resized = image.resize(to, number)
            cases.append({"from": [width, height], "to": list(to), "filter": number, "fnv1a": fnv1a(resized.tobytes())})
    write("resize.json", cases)
    write("choices.json", choices())
    write("images.json", images(DATA / "images"))


if __name__ == "__main__":
    main()
