#!/usr/bin/env python3
"""Writes what transformers makes of every step of tokenizer.json files, for tests/tokenizer_json_test.cpp.

    pip install transformers tokenizers
    tools/golden_tokenizer_steps.py --data tests/data/tokenizer

Each case of DATA/steps.json is a tokenizer.json of DATA/plain or DATA/bytes with some keys replaced, and texts with their
ids and what these decode to. DATA/bytes is trained here if it is not there. The draw is seeded.
"""

import argparse
import copy
import json
import random
import tempfile
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

WORDS = (
    "the red circle moves Which way? ASSISTANT: don't I'LL 's 'ſ 1234 3.14 é ß İ ﬁ Ⅷ ² ½ naïve 你好 漢字、 テスト 한국어 "
    "हिन्दी ไทย 😀 👩‍👩‍👧 e\u0301 a\u0308\u0323 \u1100\u1161\u11a8 \u200b \u180e \u0085 \u2581 \u2581\u2581 <s> </s> <video> "
    "<image> <vid cat cats lead a+b=c; {x} [y] foo_bar --- ... \u0301 \u001c \u0000"
).split(" ")
SPACES = [" "] * 10 + ["", "", "  ", "   ", "\t", "\n", "\n\n", " \n", "\r\n", "\u00a0", "\u3000", "\u000b"]
FIXED = ["", " ", "  ", "\n", " a", "  a", "a  b ", "USER: <video>\nWhich way does the red circle move? ASSISTANT:"]

ENDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT = ENDS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + REST
CL100K = GPT.replace("]?\\p{L}+", "]?+\\p{L}+").replace("]+[\\r", "]++[\\r").replace("[\\r\\n]+|", "[\\r\\n]|")
MIXED = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    + ENDS
    + r"?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+|"
    + REST.replace("]*|", "/]*|")
)


def sequence(kind, *items):
    return {"type": "Sequence", kind: list(items)}


def normalizers(*items):
    return {"normalizer": sequence("normalizers", *items)}


def cuts(*items):
    return {"pre_tokenizer": sequence("pretokenizers", *items)}


def joins(*items):
    return {"decoder": sequence("decoders", *items)}


def replace(content, **pattern):
    return {"type": "Replace", "pattern": pattern, "content": content}


def split(regex, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


def byte_level(prefix=False, regex=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def metaspace(scheme, cut=True):
    return {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": cut}


def token(number, content, **flags):
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {"id": number, "content": content, **plain, **flags}


def template(before, behind):
    def special(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}

    single = [*map(special, before), {"Sequence": {"id": "A", "type_id": 0}}, *map(special, behind)]
    pair = [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]
    names = enumerate(["<unk>", "<s>", "</s>"])
    known = {name: {"id": name, "ids": [number], "tokens": [name]} for number, name in names}
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": known}


def plain_cases(base):
    prepend = {"type": "Prepend", "prepend": "\u2581"}
    blanks = replace("\u2581", String=" ")
    old = {**normalizers(prepend, blanks), "pre_tokenizer": None}
    of_old = [{**each, "normalized": True} for each in base["added_tokens"]]
    last = max(each["id"] for each in base["added_tokens"])
    more = base["added_tokens"] + [
        token(last + 1, "<note>", lstrip=True),
        token(last + 2, "<mid>", rstrip=True, special=True),
        token(last + 3, "cats", single_word=True),
        token(last + 4, "Na\u00efve", normalized=True),
        token(last + 5, " lead", normalized=True, special=True),
        token(last + 6, "\n\n"),
    ]
    merges = [" ".join(pair) for pair in base["model"]["merges"]]
    blank = replace(" ", String="\u2581")
    whole = [blank, {"type": "ByteFallback"}, {"type": "Fuse"}]
    pieces = {"unk_token": "<unk>", "byte_fallback": False}
    yield "old", old, {}
    yield "old, normalized tokens", {**old, "added_tokens": of_old}, {}
    yield "llama", {}, {"tokenizer_class": "LlamaTokenizer", "legacy": False}
    yield "llama of old", old, {"tokenizer_class": "LlamaTokenizerFast", "legacy": False}
    yield "legacy llama of old", old, {"tokenizer_class": "LlamaTokenizer", "legacy": True, "add_eos_token": True}
    yield "llama without a prefix", old, {"tokenizer_class": "LlamaTokenizer", "add_prefix_space": False}
    yield "merges as text", {"model": {"merges": merges}}, {}
    yield "unknown", {"model": {**pieces, "fuse_unk": False}}, {}
    yield "fused unknown", {"model": {**pieces, "fuse_unk": True}}, {}
    yield "nothing for unknown", {"model": {"byte_fallback": False}}, {}
    yield "whole words", {"model": {"ignore_merges": True, "merges": base["model"]["merges"][:20]}}, {}
    for scheme in ("always", "first", "never"):
        both = {"pre_tokenizer": metaspace(scheme), "decoder": metaspace(scheme)}
        yield f"metaspace {scheme}", both, {}
    older = {"type": "Metaspace", "replacement": "_", "add_prefix_space": True}
    yield "metaspace of old", {"pre_tokenizer": older}, {}
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Nmt", "StripAccents"):
        yield name, {"normalizer": {"type": name}}, {}
    yield "strip", {"normalizer": {"type": "Strip", "strip_left": True, "strip_right": True}}, {}
    changes = [replace("_", Regex=r" {2,}|\s+$"), {"type": "Lowercase"}, {"type": "Prepend", "prepend": "x"}]
    yield "replace", normalizers(*changes), {}
    yield "no decoder", {"decoder": None}, {}
    yield "nothing but merges", {"decoder": None, "pre_tokenizer": None, "post_processor": None}, {}
    yield "strip both ends", joins(*whole, {"type": "Strip", "content": " ", "start": 2, "stop": 3}), {}
    yield "replace in the whole", joins(*whole, replace("X", String="re"), replace("#", Regex="[0-9]+")), {}
    yield "strip each", joins(blank, {"type": "Strip", "content": " ", "start": 1, "stop": 0}), {}
    yield "fuse, then metaspace", joins({"type": "Fuse"}, metaspace("always")), {}
    yield "added", {"added_tokens": more}, {}
    yield "added of old", {"added_tokens": more, **old}, {}
    yield "added in lower case", {"added_tokens": more, "normalizer": {"type": "Lowercase"}}, {}
    yield "named", {"added_tokens": more}, {"pad_token": "<blank>", "extra_special_tokens": ["<note>", "\u2581red"]}
    overridden = {key: value for key, value in token(0, "<note>", rstrip=True, special=True).items() if key != "id"}
    yield "flags of the config", {"added_tokens": more}, {"added_tokens_decoder": {str(last + 1): overridden}}
    yield "end", {"post_processor": template(["<s>"], ["</s>", "</s>"])}, {"add_bos_token": False}
    around = {"sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": True, "add_prefix_space": False}
    yield "roberta", {"post_processor": {"type": "RobertaProcessing", **around}}, {}


def bytes_cases(base):
    regexes = {
        "gpt": GPT,
        "cl100k": CL100K,
        "mixed": MIXED,
        "words": r"\w+|\W+",
        "scripts": r"[\p{Han}]+|\p{Latin}+|[^\p{Han}]",
        "edges": r"\b\w+\b|\s|^x|x$|(?m:.)",
        "numbers": r"\d{1,3}+|[[:alpha:]]+|[[:punct:]]+|\h",
        "around": r"(?<=a)[+]|(?=c)|\S+",
    }
    for name, regex in regexes.items():
        yield name, cuts(split(regex), byte_level()), {}
    for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        for invert in (False, True):
            yield f"{behavior} {invert}", cuts(split(r"[a-e\s]|é", behavior, invert), byte_level()), {}
    yield "prefix", {"pre_tokenizer": byte_level(prefix=True, regex=True)}, {}
    yield "llama in name alone", {"pre_tokenizer": byte_level(regex=True)}, {"tokenizer_class": "LlamaTokenizer"}
    for step in (
        {"type": "Whitespace"},
        {"type": "WhitespaceSplit"},
        {"type": "Punctuation", "behavior": "Isolated"},
        {"type": "BertPreTokenizer"},
        {"type": "CharDelimiterSplit", "delimiter": "a"},
        {"type": "FixedLength", "length": 3},
        {"type": "Digits", "individual_digits": True},
        {"type": "Digits", "individual_digits": False},
    ):
        yield f"{step['type']} {step.get('individual_digits', '')}".strip(), cuts(step, byte_level()), {}
    yield "bytes before", {"normalizer": {"type": "ByteLevel"}, "pre_tokenizer": None}, {}
    yield "NFC", {"normalizer": {"type": "NFC"}}, {}
    both = sequence("processors", byte_level(), template(["<s>"], []))
    yield "sequence around", {"post_processor": both}, {}
    first = len(base["model"]["vocab"])
    more = [token(first, "<think>", normalized=True), token(first + 1, "  "), token(first + 2, "e\u0301", normalized=True)]
    yield "added", {"normalizer": {"type": "NFC"}, "added_tokens": base["added_tokens"] + more}, {}


def merged(base, patch):
    result = copy.deepcopy(base)
    for key, value in patch.items():
        result[key] = merged(base[key], value) if key == "model" else value
    return result


def trained(texts):
    special = ["<unk>", "<s>", "</s>", "<video>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return json.loads(tokenizer.to_str())


def random_text(rng):
    return "".join(rng.choice(WORDS) + rng.choice(SPACES) for _ in range(rng.randint(1, 9)))


def ask(base, patch, config, rng, rows):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tokenizer.json").write_text(json.dumps(merged(base, patch)))
        Path(folder, "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "TokenizersBackend", **config}))
        tokenizer = AutoTokenizer.from_pretrained(folder)
    added = [each["content"] for each in patch.get("added_tokens", [])]
    texts = rng.sample(FIXED, 4) + [random_text(rng) for _ in range(rows)]
    if added:
        texts += ["".join(rng.choice(added) + rng.choice(SPACES + WORDS) for _ in range(4)) for _ in range(rows)]
    out = []
    for text in dict.fromkeys(texts):
        ids = tokenizer.encode(text)
        row = {"text": text, "ids": ids}
        try:
            row["decoded"] = tokenizer.decode(ids, skip_special_tokens=True)
        except BaseException:  # Strip panics on a text that is shorter than what it may take off
            pass
        inner = tokenizer.encode(text, add_special_tokens=False)
        if inner != ids:
            row["inner"] = inner
        out.append(row)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=9, help="random texts a case")
    options = parser.parse_args()
    rng = random.Random(14)

    plain = json.loads((options.data / "plain/tokenizer.json").read_text())
    bytes_file = options.data / "bytes/tokenizer.json"
    if not bytes_file.exists():
        texts = [row["text"] for row in json.loads((options.data / "plain.json").read_text())["prompts"]]
        bytes_file.parent.mkdir(exist_ok=True)
        bytes_file.write_text(json.dumps(trained(texts), ensure_ascii=False, separators=(",", ":")) + "\n")
    by_bytes = json.loads(bytes_file.read_text())
    lines = []
    for name, base, cases in (("plain", plain, plain_cases(plain)), ("bytes", by_bytes, bytes_cases(by_bytes))):
        for title, patch, config in cases:
            rows = ",\n  ".join(json.dumps(row, separators=(",", ":")) for row in ask(base, patch, config, rng, options.rows))
            head = json.dumps({"name": title, "base": name, "patch": patch, "config": config}, separators=(",", ":"))
            lines.append(f'{head[:-1]},"rows":[\n  {rows}]}}')
    (options.data / "steps.json").write_text('{"cases":[\n%s\n]}\n' % ",\n".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
