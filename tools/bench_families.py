#!/usr/bin/env python3
"""The runs of tools/bench_families.sh, which installs what this needs and explains it: start that instead."""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORDS = 68  # tokens of the prompt beside the visual ones, as in `sparsight_bench first-word`


def shape_of(name):
    return json.loads((ROOT / f"resources/shapes/{name}.json").read_text())


# ---- The peers, each in its own process, so that no memory of one slows down the next

def write_gguf(shape, path):
    """The decoder of a shape, of random weights in Q8_0."""
    import gguf
    import numpy as np
    c = shape_of(shape)["text_config"]
    hidden, mlp, head = c["hidden_size"], c["intermediate_size"], c["head_dim"]
    kv = c["num_key_value_heads"] * head
    out = gguf.GGUFWriter(path, "llama")
    out.add_tokenizer_model("no_vocab")
    out.add_vocab_size(c["vocab_size"])
    out.add_context_length(c["max_position_embeddings"])
    out.add_embedding_length(hidden)
    out.add_feed_forward_length(mlp)
    out.add_block_count(c["num_hidden_layers"])
    out.add_head_count(c["num_attention_heads"])
    out.add_head_count_kv(c["num_key_value_heads"])
    out.add_rope_dimension_count(head)
    out.add_rope_freq_base(c["rope_theta"])
    out.add_layer_norm_rms_eps(c["rms_norm_eps"])
    out.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    random = np.random.default_rng(1)
    q8 = gguf.GGMLQuantizationType.Q8_0

    def matrix(name, rows, columns):
        values = (random.random((rows, columns), dtype=np.float32) - np.float32(0.5)) * np.float32(math.sqrt(12 / columns))
        out.add_tensor(name + ".weight", gguf.quants.quantize(values, q8), raw_dtype=q8)

    def norm(name):
        out.add_tensor(name + ".weight", np.ones(hidden, np.float32))

    matrix("token_embd", c["vocab_size"], hidden)
    matrix("output", c["vocab_size"], hidden)
    norm("output_norm")
    for block in (f"blk.{layer}." for layer in range(c["num_hidden_layers"])):
        norm(block + "attn_norm")
        norm(block + "ffn_norm")
        matrix(block + "attn_q", c["num_attention_heads"] * head, hidden)
        matrix(block + "attn_k", kv, hidden)
        matrix(block + "attn_v", kv, hidden)
        matrix(block + "attn_output", hidden, c["num_attention_heads"] * head)
        matrix(block + "ffn_gate", mlp, hidden)
        matrix(block + "ffn_up", mlp, hidden)
        matrix(block + "ffn_down", hidden, mlp)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def run_llama(options):
    """Tokens a second after a prompt."""
    from llama_cpp import Llama
    model = Llama(str(options.dir / f"{options.shape}-Q8_0.gguf"), n_ctx=1024, n_batch=512, n_threads=options.threads,
                  n_threads_batch=options.threads, verbose=False)
    rates = []
    for _ in range(3):
        model.reset()
        model.eval([1 + i % 1000 for i in range(options.tokens)])
        start = time.perf_counter()
        for i in range(options.new):
            model.eval([7 + i])
        rates.append(options.new / (time.perf_counter() - start))
    print(json.dumps({"generate": statistics.median(rates)}))


def run_torch(options):
    """Seconds of tower and connector, and of the whole way to the first word's logits."""
    import torch
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration
    torch.set_num_threads(options.threads)
    shape = {key: value for key, value in shape_of(options.shape).items() if key != "model_type"}
    size, patch = shape["vision_config"]["image_size"], shape["vision_config"]["patch_size"]
    visual = options.frames * (size // patch // shape["scale_factor"]) ** 2
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[options.dtype]
    model = SmolVLMForConditionalGeneration(SmolVLMConfig(**shape, pad_token_id=2)).to(dtype).eval()
    ids = torch.full((1, visual + WORDS), 100)
    ids[0, 5:5 + visual] = shape["image_token_id"]
    pixels = torch.randn(1, options.frames, 3, size, size, dtype=dtype)
    times = {"vision": [], "first word": []}
    with torch.inference_mode():
        for run in range(options.repeat + 1):
            start = time.perf_counter()
            model.model.get_image_features(pixels)
            middle = time.perf_counter()
            model(input_ids=ids, pixel_values=pixels, logits_to_keep=1)
            if run != 0:
                times["vision"].append(middle - start)
                times["first word"].append(time.perf_counter() - middle)
    print(json.dumps({what: statistics.median(seconds) for what, seconds in times.items()}))


# ---- Taking turns

def result(command):
    print("$", " ".join(map(str, command)), file=sys.stderr, flush=True)
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: exit code {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout[done.stdout.index("{"):])


class Turns:
    def __init__(self, options):
        self.options = options
        self.figures = {}
        self.machine = {}

    def add(self, what, value):
        self.figures.setdefault(what, []).append(value)

    def median(self, what):
        return statistics.median(self.figures[what])

    def ours(self, command, *more):
        report = result([self.options.build / "sparsight_bench", command, "--device", "cpu", "--shape", self.options.shape,
                         "--threads", self.options.threads, "--repeat", self.options.repeat, *more])
        self.machine = report["machine"]
        return report

    def peer(self, work, *more):
        return result([sys.executable, __file__, work, "--dir", self.options.dir, "--shape", self.options.shape,
                       "--threads", self.options.threads, "--frames", self.options.frames, "--repeat",
                       self.options.repeat, "--tokens", self.options.tokens, "--new", self.options.new, *more])

    def round(self):
        for weights in "int8", "bf16", "f32":
            report = self.ours("first-word", "--frames", self.options.frames, "--weights", weights)
            self.add(f"first word {weights}", report["wall_ms"]["median"] / 1e3)
            self.add(f"vision {weights}", report["vision_ms"]["median"] / 1e3)
        for dtype in "float32", "bfloat16":
            for what, seconds in self.peer("torch", "--dtype", dtype).items():
                self.add(f"{what} {dtype}", seconds)
        report = self.ours("generate", "--layers", 0, "--weights", "int8", "--tokens", self.options.tokens, "--new",
                           self.options.new)
        self.add("generate int8", report["results"][0]["tokens_per_s"])
        self.add("generate Q8_0", self.peer("llama")["generate"])

    def table(self):
        m = self.machine
        print(f"{m['cpu']}, {m['threads']} threads, target {m['target']}; in registers {m['peak_gflops']:.0f} GFLOP/s, "
              f"{m['peak_bf16_gflops']:.0f} of bfloat16 and {m['peak_int_gops']:.0f} Gop/s of integers, reading "
              f"{m['read_gb_per_s']:.1f} GB/s; load average {m['load_average']:.2f}; {self.options.rounds} rounds.\n")
        print("| work | Sparsight | beside | ratio | goal | reached |\n|---|---:|---:|---:|---:|---:|")
        best = {what: min(("float32", "bfloat16"), key=lambda dtype: self.median(f"{what} {dtype}"))
                for what in ("first word", "vision")}
        for what, weights, goal in (("first word", "int8", 2.5), ("first word", "bf16", None),
                                    ("first word", "f32", None), ("vision", "int8", 1.5), ("vision", "bf16", 1.5),
                                    ("vision", "f32", 1.5)):
            mine, theirs = self.median(f"{what} {weights}"), self.median(f"{what} {best[what]}")
            self.row(f"{what}, {self.options.frames} frames, {weights}", f"{mine:.2f} s",
                     f"PyTorch {best[what]}: {theirs:.2f} s", theirs / mine, goal)
        mine, theirs = self.median("generate int8"), self.median("generate Q8_0")
        self.row(f"generate after {self.options.tokens} tokens, int8", f"{mine:.1f} tok/s",
                 f"llama.cpp Q8_0: {theirs:.1f} tok/s", mine / theirs, 1.3)

    @staticmethod
    def row(what, mine, theirs, ratio, goal):
        reached = "" if goal is None else "yes" if ratio >= goal else f"{100 * (1 - ratio / goal):.0f} % short"
        print(f"| {what} | {mine} | {theirs} | **{ratio:.2f}** | {goal or ''} | {reached} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=("compare", "gguf", "torch", "llama"))
    parser.add_argument("--dir", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--shape", default="smolvlm2-500m")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--new", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--dtype", default="float32")
    options = parser.parse_args()
    if options.work == "gguf":
        return write_gguf(options.shape, options.dir / f"{options.shape}-Q8_0.gguf")
    if options.work != "compare":
        return {"torch": run_torch, "llama": run_llama}[options.work](options)
    turns = Turns(options)
    for _ in range(options.rounds):
        turns.round()
    turns.table()


if __name__ == "__main__":
    main()
