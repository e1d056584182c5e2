"""Text <-> ids, and the prompt's form:  USER: <video>\\n{question} ASSISTANT: {answer}</s>USER: {question} ASSISTANT: ...

The tokenizer is SentencePiece with `legacy: false`: pieces as if the text followed a letter, so there is no dummy
prefix except at the very start of the whole text.
"""

from __future__ import annotations

from pathlib import Path

import sentencepiece

BOS, END = 1, 2
IMAGE, VIDEO, PAD = 512, 513, 514


class Tokenizer:
    def __init__(self, path: Path):
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))

    def _within(self, text: str) -> list[int]:
        """Ids of `text` after other text.  SentencePiece puts its dummy prefix before the newline, where it
        is cut off together with it."""
        return self.pieces.encode("\n" + text)[2:]

    def context(self) -> list[int]:
        """Ids before the visual tokens: BOS and `USER: `."""
        return [BOS, *self.pieces.encode("USER: ")]

    def turn(self, question: str, first: bool) -> list[int]:
        """Ids of a turn up to and with `ASSISTANT:`; the first one's `USER: ` is part of the context."""
        text = question + " ASSISTANT:"
        return self.pieces.encode("\n" + text)[1:] if first else self._within("USER: " + text)

    def answer(self, answer: str) -> list[int]:
        """Ids of an answer after `ASSISTANT:`, and the end."""
        return [*self._within(" " + answer), END]

    def word(self, word: str) -> int:
        """The last piece of `word` within a sentence; the only one if the vocabulary holds the word."""
        return self._within(" " + word)[-1]

    def decode(self, ids: list[int]) -> str:
        return self.pieces.decode(ids).strip()
