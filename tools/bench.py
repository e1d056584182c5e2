#!/usr/bin/env python3
"""Measures the figures of BENCHMARKS.md that stand between its marks and prints them as its tables; about seven minutes
on two cores.

Needs only a build of sparsight-cli and sparsight_bench (cmake --preset release && cmake --build --preset release).
Close other programs first: the tables show elapsed time. `--quick` takes a tenth of the time, to try this script.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIP = ROOT / "resources/clips/crossing.mp4"
QUESTION = "Which color does the star have?"
BEGIN, END = "<!-- figures: tools/bench.py --write -->\n", "<!-- end of figures -->\n"
said = []


def run(command, counts=True):
    """Standard output, and seconds from start to end. Prints the command as the documents write it."""
    if counts:
        print("$", " ".join(pathlib.Path(word).name if "/" in word else f'"{word}"' if " " in word else word
                            for word in map(str, command)), file=sys.stderr, flush=True)
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout, time.perf_counter() - start


def say(text):
    said.append(text)
    print(text, flush=True)


def table(head, rows):
    say("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        say("| " + " | ".join(str(cell) for cell in row) + " |")
    say("")


def percent(share):
    return f"{100 * share:.1f} %"


def demo(build, runs):
    ask = [build / "sparsight-cli", "ask", CLIP, QUESTION, "--json"]
    run(ask)  # the page cache
    answers, firsts = [], []
    for _ in range(runs):
        answers.append(json.loads(run(ask, counts=False)[0]))
        firsts.append(1e3 * run(ask + ["--max-new-tokens", "1"], counts=False)[1])
    say("## The demo model, by stage\n")
    stages = answers[0]["timings_ms"].keys()
    values = [[answer["timings_ms"][stage] for answer in answers] for stage in stages]
    table(["stage", "median ms", "from", "to"],
          [[stage, f"{statistics.median(v):.1f}", f"{min(v):.1f}", f"{max(v):.1f}"] for stage, v in zip(stages, values)])
    speeds = [answer["tokens_per_second"] for answer in answers]
    say(f"Start of the program to the first token: {statistics.median(firsts):.0f} ms ({min(firsts):.0f} to "
          f"{max(firsts):.0f}). Tokens a second after it: {statistics.median(speeds):.0f}. Peak memory: "
          f"{max(answer['peak_memory_bytes'] for answer in answers) / 1e6:.0f} MB. {runs} runs, "
          f"{answers[0]['prompt_tokens']} tokens in the prompt.\n")


def machine(report):
    m = report["machine"]
    say(f"{m['cpu']}, {m['threads']} threads, target {m['target']}; in registers {m['peak_gflops']:.0f} GFLOP/s, "
          f"reading {m['read_gb_per_s']:.1f} GB/s; load average {m['load_average']}.\n")


def prefill(build, title, arguments):
    report = json.loads(run([build / "sparsight_bench", "prefill", *arguments])[0])
    say(f"## {title}\n")
    machine(report)
    rows = []
    for r in report["results"]:
        pruned = r["strategy"] != "none"
        rows.append([r["strategy"], r["budget"], f"{r['wall_ms']['median'] / 1e3:.2f}",
                     f"{r['wall_ms']['min'] / 1e3:.2f} to {r['wall_ms']['max'] / 1e3:.2f}",
                     f"{r['flops'] / 1e12:.2f}", f"{r['gflops']:.0f}", percent(r["share_of_peak"]),
                     percent(r["flops_saved"]) if pruned else "", percent(r["time_saved"]) if pruned else "",
                     f"**{r['conversion']:.3f}**" if pruned else "",
                     f"{r['conversion_by_cpu_time']:.3f}" if pruned else "",
                     f"{r['strategy_ms']['median']:.0f}" if pruned else ""])
    table(["strategy", "budget", "s", "from, to", "TFLOP", "GFLOP/s", "of peak", "FLOPs saved", "time saved", "conversion",
           "by CPU time", "strategy ms"], rows)
    s = report["scores"]
    say(f"Scores of {s['raters']} raters: {s['score_ms']['median']:.2f} ms of a layer's {s['layer_ms']:.0f}, "
          f"{percent(s['share_of_layer'])}. Peak memory {report['peak_memory_bytes'] / 1e9:.2f} GB, of it weights "
          f"{report['weight_bytes'] / 1e9:.2f}.\n")


def gemm(build, arguments):
    report = json.loads(run([build / "sparsight_bench", "gemm", *arguments])[0])
    m = report["machine"]
    say(f"### Target {m['target']}: {report['inputs']} inputs, {report['outputs']} outputs, {report['weights']} weights\n")
    machine(report)
    table(["rows", "median ms", "GFLOP/s", "of peak", "of peak by CPU time", "weights GB/s"],
          [[r["rows"], f"{r['wall_ms']['median']:.2f}", f"{r['gflops']:.0f}", percent(r["share_of_peak"]),
            percent(r["share_of_peak_by_cpu_time"]), f"{r['weights_gb_per_s']:.1f}"] for r in report["results"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="folder of the programs")
    parser.add_argument("--quick", action="store_true", help="fewer runs: figures are not for publishing")
    parser.add_argument("--write", action="store_true", help="put the figures into BENCHMARKS.md")
    options = parser.parse_args()
    quick = options.quick
    say(f"Measured on {time.strftime('%Y-%m-%d')}.\n")
    demo(options.build, 3 if quick else 15)
    prefill(options.build, "SparseVLM v1.5 by budget",
            ["--layers", "4" if quick else "8", "--prune", "sparsevlm-v1.5", "--budget", "50%,25%,9.4%,5%,2%",
             "--prune-layers", "0,1" if quick else "0,1,3", "--repeat", "1" if quick else "3"]
            + (["--frames", "2", "--tokens", "560"] if quick else []))
    prefill(options.build, "Other strategies",
            ["--layers", "2" if quick else "4", "--prune", "sparsevlm-plus,fastv,pyramiddrop", "--budget", "25%,9.4%",
             "--prune-layers", "0", "--repeat", "1" if quick else "2"]
            + (["--frames", "2", "--tokens", "560"] if quick else []))
    say("## Matrix products\n")
    for arguments in [[], ["--target", "AVX2"], ["--weights", "f32", "--rows", "200,2100"]]:
        gemm(options.build, arguments + ["--repeat", "2" if quick else "5"])
    report = json.loads(run([options.build / "sparsight_bench", "attention"])[0])
    say("## Attention of a full layer\n")
    table(["what", "median ms", "GFLOP/s", "of peak"],
          [[name.replace("_", " "), f"{report[name]['wall_ms']['median']:.1f}", f"{report[name]['gflops']:.0f}",
            percent(report[name]["share_of_peak"])] for name in ("attention", "attention_with_scores", "scores_alone")])
    if options.write:
        document = ROOT / "BENCHMARKS.md"
        before, _, rest = document.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        document.write_text(before + BEGIN + "\n" + "\n".join(said) + END + after)


main()
