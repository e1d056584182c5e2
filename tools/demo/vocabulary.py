"""Stage 0: trains the tokenizer (SentencePiece BPE of 512 pieces with byte fallback) and writes its Hugging Face files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import sentencepiece

from .hub import write_json
from .prompt import IMAGE, PAD, VIDEO
from .questions import ask_all
from .world import TRAIN_SEEDS, make_world

PIECES = IMAGE  # the added tokens follow the pieces
ADDED = {"<unk>": 0, "<s>": 1, "</s>": 2, "<image>": IMAGE, "<video>": VIDEO, "<pad>": PAD}

# Other things that a user may type, so that no letter is missing.
EXTRA = ("Hello! Could you tell me what's in this clip, please?", "The quick brown fox jumps over the lazy dog.",
         "Why? Because 0123456789 - it's just a test.", "JOKE VEX QUIZ FLYBACK MWP CHUNGDTS", "Is it big, small or gray?")


def corpus(worlds: int, seed: int) -> list[str]:
    """Texts in the form of prompts about `worlds` worlds, and the sentences of EXTRA."""
    lines = []
    for index in range(worlds):
        rng = np.random.default_rng([seed, 30, index])
        for one in ask_all(make_world(TRAIN_SEEDS.start + index), rng):
            lines += [f"USER: {one.question} ASSISTANT: {one.answer}", one.answer]
    return lines + list(EXTRA) * max(1, len(lines) // 200)


def merges_of(pieces: list[str]) -> list[list[str]]:
    """The BPE merges that lead to `pieces` (in the order of their ids): every split of a piece into two others."""
    known = set(pieces)
    merges = []
    for piece in pieces:
        cuts = ((piece[:cut], piece[cut:]) for cut in range(1, len(piece)))
        merges += [list(pair) for pair in cuts if pair[0] in known and pair[1] in known]
    return merges


def fast_tokenizer(path: Path) -> dict:
    """tokenizer.json for the SentencePiece model at `path`: the same ids, by the tokenizers library."""
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    names = [pieces.id_to_piece(index) for index in range(pieces.vocab_size())]
    learnt = [name for index, name in enumerate(names)
              if not (pieces.is_byte(index) or pieces.is_control(index) or pieces.is_unknown(index))]
    begin = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": index, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for name, index in ADDED.items()],
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [begin, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<s>", "type_id": 1}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
            {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": {name: index for index, name in enumerate(names)}, "merges": merges_of(learnt)},
    }


TOKENIZER_CONFIG = {
    "add_bos_token": True, "add_eos_token": False, "add_prefix_space": None, "backend": "tokenizers",
    "bos_token": "<s>", "clean_up_tokenization_spaces": False, "eos_token": "</s>",
    "extra_special_tokens": ["<image>", "<video>"], "legacy": False, "model_max_length": 4096, "pad_token": "<pad>",
    "padding_side": "left", "tokenizer_class": "LlamaTokenizer", "unk_token": "<unk>",
    "use_default_system_prompt": False,
}


def train_tokenizer(folder: Path, worlds: int, seed: int) -> None:
    """Writes tokenizer.model, tokenizer.json and tokenizer_config.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus(worlds, seed)), model_prefix=str(folder / "part"), model_type="bpe",
        vocab_size=PIECES, byte_fallback=True, character_coverage=1.0, normalization_rule_name="identity",
        remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True, num_threads=1,
        minloglevel=2)
    (folder / "part.vocab").unlink()
    write_json(folder / "tokenizer.json", fast_tokenizer(folder / "part.model"))
    write_json(folder / "tokenizer_config.json", TOKENIZER_CONFIG)
    os.replace(folder / "part.model", folder / "tokenizer.model")
