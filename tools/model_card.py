#!/usr/bin/env python3
"""Updates a model's card (`sparsight.json`, see docs/model-card.md) with measurements:

  sparsight-cli eval SET --prune all --budgets 100%,50%,25%,9.4%,5% --model MODEL --out RESULTS
  model_card.py --model MODEL --languages en --clips resources/clips --results RESULTS

`clips` become those of the folder, each with up to three questions of different kinds from its questions.jsonl;
`accuracy.right` becomes the result of the evaluation.  The rest of the card stays.
--table prints the accuracy as in BENCHMARKS.md.  Needs libxxhash.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import json
import sys
from pathlib import Path

SUGGESTED = 3
# The most interesting kinds first. A question whose answer says little comes last.
ORDER = ("describe", "later", "motion", "size", "color", "where", "shape", "count", "is_there")
DULL = ("Nothing", "No, ", "stays the same", "does not move")


def content_hash(path: Path) -> str:
    """XXH3-128 in hex, as core's content_hash()."""

    class Hash(ctypes.Structure):
        _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]

    name = ctypes.util.find_library("xxhash")
    if not name:
        sys.exit("model_card.py: no libxxhash. It needs: apt-get install libxxhash0")
    library = ctypes.CDLL(name)
    library.XXH3_128bits.restype = Hash
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    data = path.read_bytes()
    found = library.XXH3_128bits(data, len(data))
    return f"{found.high:016x}{found.low:016x}"


def suggested(rows: list[dict]) -> list[str]:
    """Questions of `rows` to suggest, one of each kind."""
    ranked = sorted(rows, key=lambda row: (any(words in row["answer"] for words in DULL), ORDER.index(row["kind"])))
    by_kind: dict[str, str] = {}
    for row in ranked:
        by_kind.setdefault(row["kind"], row["question"])
    return list(by_kind.values())[:SUGGESTED]


def clips_of(folder: Path) -> list[dict]:
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{"name": name, "bytes": (folder / name).stat().st_size, "hash": content_hash(folder / name),
             "questions": suggested([row for row in rows if row["clip"] == name])}
            for name in dict.fromkeys(row["clip"] for row in rows)]


def with_languages(card: dict, codes: list[str]) -> dict:
    """The card with `codes` as its languages, after `knows`."""
    rest = {key: value for key, value in card.items() if key not in ("name", "knows", "languages")}
    first = {key: card[key] for key in ("name", "knows") if key in card}
    return {**first, "languages": codes, **rest}


def accuracy_of(folders: list[Path]) -> dict:
    """`accuracy` without `on`: right answers by strategy and budget, for settings with all questions asked."""
    answers: dict[tuple[str, str], dict[str, bool]] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("results-*.jsonl"))):
        for line in path.read_text(encoding="utf-8").splitlines():
            result = json.loads(line)
            answers.setdefault((result["strategy"], result["budget"]), {})[result["id"]] = bool(result.get("right"))
    asked = {question for one in answers.values() for question in one}
    table: dict[str, dict[str, int]] = {}
    for (strategy, budget), one in answers.items():
        if len(one) == len(asked):
            table.setdefault(strategy, {})[budget] = sum(one.values())
    return {"questions": len(asked), "right": table}


def table_of(accuracy: dict) -> str:
    """Per cent right as Markdown: strategies down, the best at a quarter of the tokens first."""
    right, asked = accuracy["right"], accuracy["questions"]
    budgets = sorted({budget for one in right.values() for budget in one}, key=lambda text: -float(text.rstrip("%")))
    order = sorted(right, key=lambda name: (name != "none", -right[name].get("25%", 0), name))
    lines = ["| strategy | " + " | ".join(budgets) + " |", "|---|" + "---:|" * len(budgets)]
    for name in order:
        cells = [f"{100 * right[name][budget] / asked:.1f}" if budget in right[name] else "" for budget in budgets]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with sparsight.json")
    parser.add_argument("--languages", nargs="+", help="codes of the languages that the model understands")
    parser.add_argument("--clips", type=Path, help="folder of clips with questions.jsonl")
    parser.add_argument("--results", type=Path, nargs="+", help="folders of `sparsight-cli eval --out`, of one set each")
    parser.add_argument("--on", help="description of the questions of the evaluation")
    parser.add_argument("--table", action="store_true", help="print the card's accuracy as a table")
    args = parser.parse_args()
    path = args.model / "sparsight.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    if args.languages:
        card = with_languages(card, args.languages)
    if args.clips:
        card["clips"] = clips_of(args.clips)
    if args.results:
        on = args.on or card.get("accuracy", {}).get("on")
        if not on:
            parser.error("--on: expected a description of the questions, since the card has none yet")
        card["accuracy"] = {"on": on, **accuracy_of(args.results)}
    if args.languages or args.clips or args.results:
        path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.table:
        print(table_of(card["accuracy"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
