#!/usr/bin/env python3
"""Lists the messages of core and kernels for the translators: app/translations/core_messages.h.

Core has neither Qt nor translations; its messages are English. The app finds the format of a message again and shows it
in the language of the interface (app/core_words.h). The formats are the string literals in calls that report something:
fail("...", ...), warn("...") and others, in what is assigned to why, why_ or why_not, or marked by QT_TRANSLATE_NOOP. `tools/core_messages.py --check` fails if the list is out of date.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "app/translations/core_messages.h"
# Sources that only the command line uses: their messages never reach the window.
COMMAND_LINE = {"bench", "compare", "compare_page", "eval", "eval_data", "eval_report", "eval_score", "eval_store", "plot",
                "recommended", "cache"}
REPORTS = re.compile(r"\b(?:fail|fail_at|fails|warn|warning|Error|refuse|wrong|bad|expect|problem|QT_TRANSLATE_NOOP|note|warnings\.emplace_back|warnings\.push_back)\s*\(")
REASONS = re.compile(r"\bwhy(?:_not|_)?\s*=[^=;][^;]*;")
LITERALS = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+')
WORDS = re.compile(r"[a-z]{2}")
HEAD = """\
// The messages of core and kernels for the translators, as tools/core_messages.py finds them in the sources.
#pragma once

// clang-format off

#include <QtGlobal>

#include <array>

namespace sparsight {

inline constexpr std::array kCoreMessages{
"""
TAIL = """};

}  // namespace sparsight
"""


def arguments(source):
    """The text between the parentheses of each call that reports something."""
    for call in REPORTS.finditer(source):
        depth, at, quoted = 1, call.end(), False
        while at < len(source) and depth:
            letter = source[at]
            if letter == "\\" and quoted:
                at += 1
            elif letter == '"':
                quoted = not quoted
            elif not quoted:
                depth += {"(": 1, ")": -1}.get(letter, 0)
            at += 1
        yield source[call.end():at - 1]
    yield from REASONS.findall(source)


def messages():
    found = {}
    for files in ((ROOT / "core").rglob("*"), (ROOT / "kernels").rglob("*"), (ROOT / "app").glob("*.cpp")):
        for file in sorted(files):
            if file.suffix not in (".cpp", ".h") or file.stem in COMMAND_LINE:
                continue
            source = re.sub(r"^\s*(?:#.*|//.*)$", "", file.read_text(), flags=re.M)
            source = re.sub(r"(?<=[;,{}(])\s*//[^\n]*", "", source)
            for text in arguments(source):
                for run in LITERALS.findall(text):
                    literal = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', run))
                    # Literals without a blank, such as names of keys, are the same in every language. One that goes on
                    # after what is said elsewhere is no message.
                    if " " in literal and not literal.startswith(": ") and WORDS.search(re.sub(r"\{[^}]*\}", "", literal)):
                        found.setdefault(literal)
    return list(found)


def main():
    lines = "".join(f'    QT_TRANSLATE_NOOP("core", "{message}"),\n' for message in messages())
    text = HEAD + lines + TAIL
    if "--check" in sys.argv[1:]:
        if LIST.read_text() != text:
            sys.exit(f"{LIST.relative_to(ROOT)} is out of date: run tools/translate")
    else:
        LIST.write_text(text)


if __name__ == "__main__":
    main()
