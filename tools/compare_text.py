"""Compares greedy answers of sparsight-cli and llama.cpp on one GGUF file; called by tools/compare_text.sh.

First dequantises SOURCE (a GGUF file) to F32 in TARGET, unless that exists, so that both programs compute with the same
numbers. Then asks both every question and prints the first token at which an answer differs."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize
from llama_cpp import Llama

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
QUESTIONS = [
    "What is the capital of France?",
    "Name three primary colors.",
    "How many days are in a week?",
    "Write a sentence about a cat.",
    "What is 2 + 2?",
    "Why is the sky blue?",
    "Give me a recipe for pancakes.",
    "What does a bee make?",
    'Translate "good morning" to Spanish.',
    "Who wrote Romeo and Juliet?",
    "List five animals that live in the sea.",
    "What is photosynthesis?",
    "Tell me a short story about a dragon.",
    "How do I boil an egg?",
    "What is the largest planet?",
    "Explain gravity to a child.",
    "What is the opposite of hot?",
    "Write a haiku about rain.",
    "How many legs does a spider have?",
    "What should I pack for a trip to the mountains?",
]
END = "<|im_end|>"


def dequantise(source, target):
    reader = GGUFReader(source)
    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(key, 0 if key == "general.file_type" else field.contents(), kind, inner)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def ask_theirs(llama, question, most):
    prompt = f"<|im_start|>system\n{SYSTEM}{END}\n<|im_start|>user\n{question}{END}\n<|im_start|>assistant\n"
    ids = llama.tokenize(prompt.encode(), add_bos=False, special=True)
    end = llama.tokenize(END.encode(), add_bos=False, special=True)[0]
    llama.reset()
    answer = []
    for token in llama.generate(ids, top_k=1, temp=0.0, repeat_penalty=1.0):
        if token == end or len(answer) == most:
            break
        answer.append(int(token))
    return ids, answer[:most]


def ask_ours(program, model, question, most):
    command = [program, "ask", "--text", question, "--model", model, "--max-new-tokens", str(most), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told["prompt_ids"], told["generated_ids"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    if not Path(options.target).exists():
        dequantise(options.source, options.target)
    f32 = 0
    llama = Llama(model_path=options.target, n_ctx=2048, type_k=f32, type_v=f32, flash_attn=False, verbose=False)
    equal = 0
    for question in QUESTIONS:
        their_prompt, theirs = ask_theirs(llama, question, options.tokens)
        our_prompt, ours = ask_ours(options.program, options.target, question, options.tokens)
        if their_prompt != our_prompt:
            print(f"other prompt ids: {question}")
        elif theirs != ours:
            at = next((i for i, (a, b) in enumerate(zip(theirs, ours)) if a != b), min(len(theirs), len(ours)))
            print(f"differs from token {at + 1} of {len(theirs)} on: {question}")
        else:
            equal += 1
            print(f"equal, {len(ours)} tokens: {question}")
        sys.stdout.flush()
    print(f"{equal} of {len(QUESTIONS)} answers are equal")
    sys.exit(equal != len(QUESTIONS))


main()
