#!/usr/bin/env python3
"""Writes the results of transformers' tokenizer for prompts and ids, for tests/tokenizer_test.cpp.

    pip install transformers tokenizers sentencepiece
    tools/golden_tokenizer.py --model tests/data/tokenizer/legacy --out tests/data/tokenizer/legacy.json

Every line of the result is one case, so that a change can be reviewed as a diff. The draw is seeded.
"""

import argparse
import json
import random

from transformers import AutoTokenizer

SPECIAL = ["<image>", "<video>", "<pad>", "<s>", "</s>", "<unk>"]
ALMOST = ["<vid", "<video", "video>", "<", ">", "</", "<<s>", "<s", "<0x0A>", "<IMAGE>", "< video >"]
WORDS = (
    "Which way does the red circle move ? ASSISTANT: USER: A chat between human What happens in this video, how many "
    "objects are there don't 1234 3.14 é ü ß naïve Ω 你好 视频 里 日本語 テスト 한국어 العربية हिन्दी ไทย 😀 👩‍👩‍👧 🇩🇪 ❤️ "
    "e\u0301 a\u0308\u0323 \u200b \ufeff \u00ad \u2581 \u2581\u2581 ﬁ Ⅷ ½"
).split(" ")
SPACES = [" "] * 12 + ["", "", "  ", "   ", "\t", "\n", "\n\n", " \n", "\r\n", "\u00a0", "\u3000", "\u000b", "\u0000"]
FIXED = [
    "USER: <video>\nWhich way does the red circle move? ASSISTANT:",
    "USER: <image>\nWhat do you see? ASSISTANT:",
    "USER: Hello, who are you? ASSISTANT:",
    "USER: <video>\nWhat happens? ASSISTANT: A circle moves.</s>USER: Where to? ASSISTANT:",
    "A chat. USER: <video>\nfirst line\n\n  second line ASSISTANT:",
    *["", " ", "  ", "\n", "\t", "\u0000", "a", " a", "  a", "a ", "a  b", "\u2581", "\u2581\u2581a"],
    *SPECIAL,
    *["<video><image>", "<s><s>", " <s>", "<s> ", "<s>a", "<s> a", "<video>  a", "<video>\u2581a", "a<video>b", "</s></s>"],
    *["e\u0301", "👩‍👩‍👧", "\U0010ffff", "\ud7ff\ue000", "x" * 200, " " * 60, "😀" * 12],
]


def random_prompt(rng):
    kind = rng.random()
    if kind < 0.1:
        ranges = [(32, 126), (0, 31), (128, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
        return "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, 12)))
    if kind < 0.2:
        return "".join(rng.choice("ab <>\n\t\u2581 dehirst") for _ in range(rng.randint(1, 20)))
    text = rng.choice(["", "", "", " ", "  ", "\n", "\u2581"])
    for _ in range(rng.randint(1, 9)):
        pick = rng.random()
        text += rng.choice(SPECIAL if pick < 0.12 else ALMOST if pick < 0.2 else WORDS) + rng.choice(SPACES)
    return text


def random_ids(rng, tokenizer, first_byte):
    size = len(tokenizer)
    kind = rng.random()
    if kind < 0.4:  # some outside the vocabulary
        return [rng.randrange(size + 40) for _ in range(rng.randint(1, 20))]
    if kind < 0.8:  # byte runs, whole, cut and broken, around ordinary pieces
        ids = []
        for _ in range(rng.randint(1, 4)):
            data = rng.choice(WORDS).encode()
            if rng.random() < 0.4:
                data = data[: rng.randint(0, len(data))]
            ids += [first_byte + byte for byte in data]
            ids += [rng.randrange(size) for _ in range(rng.choice([0, 1, 1, 2]))]
        return ids
    return tokenizer.encode(random_prompt(rng))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="directory of a checkpoint")
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=180, help="random prompts, and as many sequences of ids")
    options = parser.parse_args()

    tokenizer = AutoTokenizer.from_pretrained(options.model, local_files_only=True)
    rng = random.Random(20)
    prompts = []
    for text in dict.fromkeys(FIXED + [random_prompt(rng) for _ in range(options.count)]):
        case = {"text": text, "ids": tokenizer.encode(text)}
        plain = tokenizer.encode(text, split_special_tokens=True)
        if plain != case["ids"]:
            case["plain"] = plain  # no special token is looked for
        prompts.append(case)
    first_byte = tokenizer.convert_tokens_to_ids("<0x00>")
    decoded = []
    for _ in range(options.count):
        ids = random_ids(rng, tokenizer, first_byte)
        text = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        decoded.append({"ids": ids, "text": text})

    def lines(cases):
        return ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)

    with open(options.out, "w", encoding="ascii") as out:
        out.write('{"prompts":[\n%s\n],"decoded":[\n%s\n]}\n' % (lines(prompts), lines(decoded)))


if __name__ == "__main__":
    main()
