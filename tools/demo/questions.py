"""Questions about a World, each with the one right answer.

A question is asked only if the world leaves no doubt about the answer: no "What color is the star?" without a
star, no "Where is it?" on the border of two places.  Answers have one wording for each kind; questions have several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .world import COLORS, SHAPES, World, place_of

KINDS = ("color", "shape", "motion", "where", "count", "is_there", "later", "size", "describe")

WORDINGS = {
    "color": ("What color is the {shape}?", "What is the color of the {shape}?", "Which color does the {shape} have?",
              "Which color is the {shape}?"),
    "shape": ("What shape is the {color} object?", "Which shape is the {color} object?", "What is the {color} object?"),
    "motion": ("How does the {name} move?", "In which direction does the {name} move?", "Which way does the {name} go?",
               "Which way does the {name} move?"),
    "where start": ("Where is the {name} at the start?", "Where does the {name} start?"),
    "where end": ("Where is the {name} at the end?", "Where does the {name} end?", "Where is the {name} in the end?"),
    "count": ("How many objects are there?", "How many objects do you see?", "How many objects are in the video?"),
    "is_there": ("Is there {thing}?", "Do you see {thing}?"),
    "later": ("What appears later?", "Which object appears later?", "Does an object appear later?"),
    "size": ("Does the size of the {name} change?", "How does the size of the {name} change?"),
    "describe": ("Describe the video.", "What happens in the video?", "What do you see?", "What happens?"),
}

NUMBERS = ("no", "one", "two", "three", "four")
READING_GAP = 10.0  # two centres closer in x than this have no clear order from left to right


@dataclass(frozen=True)
class Asked:
    kind: str
    question: str
    answer: str


def _a(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def _moves(thing) -> str:
    return "stays still" if thing.motion == "still" else f"moves {thing.motion}"


def ask_all(world: World, rng: np.random.Generator) -> list[Asked]:
    """Every question that `world` answers, each in one wording of `rng`'s choice, the kinds in the order of KINDS.
    At most twice as many absent objects as present ones are asked for."""
    asked: list[Asked] = []

    def ask(kind: str, answer: str, wording: str = "", **words: str) -> None:
        question = str(rng.choice(WORDINGS[wording or kind])).format(**words)
        asked.append(Asked(kind, question, answer))

    things = world.things
    colors = [thing.color for thing in things]

    def name(thing) -> str:
        return f"{thing.color} {thing.shape}" if rng.random() < 0.2 else thing.shape

    for thing in things:
        ask("color", f"The {thing.shape} is {thing.color}.", shape=thing.shape)
    for thing in things:
        if colors.count(thing.color) == 1:
            ask("shape", f"The {thing.color} object is a {thing.shape}.", color=thing.color)
    for thing in things:
        called = name(thing)
        does = "does not move" if thing.motion == "still" else f"moves {thing.motion}"
        ask("motion", f"The {called} {does}.", name=called)
    for thing in things:
        for when, center in (("start", thing.start), ("end", thing.end)):
            place = place_of(*center)
            if place and not (when == "start" and thing.late):
                called = name(thing)
                ask("where", f"At the {when}, the {called} is at the {place}.", f"where {when}", name=called)
    many = len(things)
    ask("count", "There is one object." if many == 1 else f"There are {NUMBERS[many]} objects.")
    for thing in things:
        called = _a(f"{thing.color} {thing.shape}")
        ask("is_there", f"Yes, there is {called}.", thing=called)
    for shape, color in _absent(world, rng)[:2 * many]:
        ask("is_there", f"No, there is no {color} {shape}.", thing=_a(f"{color} {shape}"))
    late = [thing for thing in things if thing.late]  # one at most
    ask("later", f"The {late[0].color} {late[0].shape} appears later." if late else "Nothing appears later.")
    for thing in things:
        called = name(thing)
        does = "stays the same size" if thing.growth == "same" else thing.growth
        ask("size", f"The {called} {does}.", name=called)
    ordered = sorted(things, key=lambda thing: thing.start[0])
    if all(b.start[0] - a.start[0] >= READING_GAP for a, b in zip(ordered, ordered[1:])):
        parts = _listed([f"{_a(thing.color)} {thing.shape} {_moves(thing)}" for thing in ordered])
        ask("describe", parts[0].upper() + parts[1:] + ".")
    return asked


def _absent(world: World, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Pairs (shape, color) that no object of `world` has, in random order, near misses (one of the two right) and
    others in turn."""
    present = {(thing.shape, thing.color) for thing in world.things}
    seen = {thing.shape for thing in world.things}, {thing.color for thing in world.things}
    pairs = [(shape, color) for shape in SHAPES for color in COLORS if (shape, color) not in present]
    rng.shuffle(pairs)
    pairs = [(str(shape), str(color)) for shape, color in pairs]
    near = [pair for pair in pairs if (pair[0] in seen[0]) != (pair[1] in seen[1])]
    far = [pair for pair in pairs if pair not in near]
    return [pair for both in zip(near, far) for pair in both]


WEIGHTS = {"where": 2.0}  # how likely a question of a kind is drawn, relative to the others


def sample(world: World, rng: np.random.Generator, count: int, weights: dict[str, float] = WEIGHTS) -> list[Asked]:
    """`count` different questions of `world` (fewer if it has fewer): one of every kind, then at random, those of
    a kind `weights` times as likely; in random order, no question's text twice."""
    pool = ask_all(world, rng)
    rng.shuffle(pool)
    first: dict[str, Asked] = {}
    for asked in pool:
        first.setdefault(asked.kind, asked)
    rest = [asked for asked in pool if first[asked.kind] is not asked]
    rest.sort(key=lambda asked: rng.random() * (1 / weights.get(asked.kind, 1.0)))
    chosen: dict[str, Asked] = {}
    for asked in list(first.values()) + rest:
        if len(chosen) < count:
            chosen.setdefault(asked.question, asked)
    result = list(chosen.values())
    rng.shuffle(result)
    return result
