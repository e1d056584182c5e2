#!/usr/bin/env python3
"""Tests of the tools in Python: `python3 -m unittest tests/tools_test.py`.  Needs numpy and the ffmpeg programs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from contextlib import redirect_stdout
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np

TREE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TREE / "tools"))

import bench_peers  # noqa: E402
import check_registers  # noqa: E402
import core_messages  # noqa: E402
import gpu_kernels  # noqa: E402
import gpu_roofline  # noqa: E402
import model_card  # noqa: E402
import render_clips  # noqa: E402
from demo.draw import frame_times, render  # noqa: E402
from demo.questions import KINDS, ask_all, sample  # noqa: E402
from demo.video import probe, read_clip, write_clip  # noqa: E402
from demo.world import (ARRIVAL, COLORS, DEMO_SEEDS, HELD_OUT_SEEDS, JITTER, SHAPES, SIDE, TRAIN_SEEDS,  # noqa: E402
                        make_world)


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Translations(unittest.TestCase):
    def test_the_list_of_what_core_reports_is_up_to_date(self):
        self.assertIn("{}: there is no such file", core_messages.messages())
        self.assertIn("not enough memory: {:.1f} MiB needed for a tensor of shape {}", core_messages.messages())
        listed = core_messages.LIST.read_text(encoding="utf-8")
        for message in core_messages.messages():
            self.assertIn(f'"{message}"', listed, "out of date: run tools/translate")


class Scripts(unittest.TestCase):
    """tools/lib.sh, with which tools/run and tools/test build, on small projects instead of this one."""

    def build(self, source: str) -> subprocess.CompletedProcess:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "tools").mkdir()
            (root / "tools/lib.sh").write_text((TREE / "tools/lib.sh").read_text(encoding="utf-8"), encoding="utf-8")
            (root / "main.cpp").write_text(source, encoding="utf-8")
            (root / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(small CXX)\n"
                                                 "add_executable(small main.cpp)\n", encoding="utf-8")
            (root / "CMakePresets.json").write_text(json.dumps({"version": 6, "configurePresets": [
                {"name": "small", "generator": "Ninja", "binaryDir": "${sourceDir}/build/small"}]}), encoding="utf-8")
            return subprocess.run(["bash", "-c", "set -euo pipefail; source tools/lib.sh; build small"], cwd=root,
                                  capture_output=True, text=True)

    def test_a_build_that_fails_shows_its_first_errors_and_the_end_of_its_log(self):
        warnings = "\n".join(f"#warning number {i}" for i in range(300))
        built = self.build(f"int main() {{ return missing; }}\n{warnings}\n")
        self.assertEqual(1, built.returncode)
        self.assertIn("main.cpp:1:", built.stderr)
        self.assertRegex(built.stderr, r"error: .*missing")
        self.assertIn("number 299", built.stderr)
        self.assertNotIn("number 100\n", built.stderr)
        self.assertTrue(built.stderr.endswith("The build failed: build/small/build.log\n"), built.stderr)
        many = self.build("int main() {\n" + "\n".join(f"  missing_{i};" for i in range(100)) + "\n}\n")
        errors, _, end = many.stderr.partition("The end of the log:")
        self.assertEqual(10, len(re.findall(r"^[0-9]+:", errors, re.M)), errors)
        self.assertIn("missing_0", errors)
        self.assertIn("missing_99", end)

    def test_a_project_that_cannot_be_linked_says_why(self):
        self.assertIn("undefined reference to", self.build("int far(); int main() { return far(); }\n").stderr)

    def test_a_build_that_works_says_no_more_than_that_it_builds(self):
        built = self.build("int main() {}\n")
        self.assertEqual((0, "Building (log: build/small/build.log)\n"), (built.returncode, built.stderr))


class Registers(unittest.TestCase):
    """The sums of a product's tile are in registers: else it is right, and half as fast."""

    def loop(self, instructions: list[str]) -> str:
        code = [f"  {16 + i:x}:\t{instruction}" for i, instruction in enumerate(instructions + ["jne    10 <tile>"])]
        return "\n".join(["0000000000000010 <tile>:"] + code)

    def test_sums_in_memory_are_found(self):
        sums = [f"vfmadd231ps %zmm1,%zmm2,%zmm{i}" for i in range(3, 11)]
        found = check_registers.tiles(self.loop(sums))
        self.assertEqual((1, []), (len(found), check_registers.in_memory(found)))
        stores = [f"vmovaps %zmm{i},0x{64 * i:x}(%rsp)" for i in range(3, 11)]
        self.assertEqual(check_registers.in_memory(check_registers.tiles(self.loop(sums + stores))),
                         [check_registers.Loop("tile", 8, 8)])

    def test_no_tile_of_the_kernels_has_its_sums_in_memory(self):
        if not check_registers.LIBRARY.exists():
            self.skipTest("needs the library that the preset ci builds")
        code = check_registers.disassembled(check_registers.LIBRARY)
        if "vfmadd" not in code:
            self.skipTest("needs code for x86-64")
        loops = check_registers.tiles(code)
        self.assertGreater(len(loops), 50)
        self.assertEqual([str(loop) for loop in check_registers.in_memory(loops)], [])

    def test_a_file_that_is_no_library_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            text, empty = Path(folder, "text.a"), Path(folder, "empty.a")
            text.write_text("hello")
            empty.write_bytes(b"!<arch>\n")
            for library in (text, empty, Path(folder), Path(folder, "none.a")):
                done = subprocess.run([sys.executable, TREE / "tools/check_registers.py", library], capture_output=True,
                                      text=True)
                self.assertEqual((2, ""), (done.returncode, done.stdout), library)
                self.assertIn(str(library), done.stderr)
                self.assertNotIn("Traceback", done.stderr)


class GpuKernels(unittest.TestCase):
    """The GPU's kernels as they were compiled; no GPU is needed."""

    def compiled(self) -> list[gpu_kernels.Kernel]:
        kernels = gpu_kernels.kernels_of(gpu_kernels.BUILD)
        if not kernels:
            self.skipTest("the preset ci was built without nvcc: tools/install_cuda fetches it")
        return kernels

    def test_what_ptxas_says_is_read(self):
        kernels = gpu_kernels.read(
            "ptxas info    : 0 bytes gmem\nptxas info    : Compiling entry function 'gate' for 'sm_75'\n"
            "ptxas info    : Function properties for gate\n"
            "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            "ptxas info    : Used 22 registers, used 0 barriers, 408 bytes cmem[0], 56 bytes cmem[2]\n"
            "ptxas info    : Compiling entry function 'scores' for 'sm_100a'\n"
            "ptxas info    : Function properties for scores\n"
            "    8 bytes stack frame, 12 bytes spill stores, 8 bytes spill loads\n"
            "ptxas info    : Used 255 registers, used 1 barriers, 8 bytes cumulative stack size, 5120 bytes smem\n")
        self.assertEqual(kernels, [gpu_kernels.Kernel("gate", 75, 22, 0, 0),
                                   gpu_kernels.Kernel("scores", 100, 255, 5120, 20)])
        self.assertEqual(gpu_kernels.spills(kernels), ["scores spills 20 bytes on sm_100"])
        with self.assertRaises(ValueError):
            gpu_kernels.read("ptxas info    : Compiling entry function 'gate' for 'sm_75'\n")

    def test_every_kernel_is_compiled_for_every_gpu_and_those_that_count_spill_nothing(self):
        kernels, wanted = self.compiled(), gpu_kernels.architectures(gpu_kernels.BUILD)
        self.assertEqual({(kernel.name, kernel.architecture) for kernel in kernels},
                         {(name, one) for name in gpu_kernels.listed() for one in wanted})
        self.assertEqual(gpu_kernels.spills(kernels), [])

    def test_the_image_has_code_for_every_gpu_and_ptx_for_later_ones(self):
        self.compiled()
        tool = TREE / "build/cuda/bin/cuobjdump"
        if not tool.exists():
            self.skipTest("needs cuobjdump: tools/install_cuda fetches it")
        wanted = gpu_kernels.architectures(gpu_kernels.BUILD)
        self.assertEqual(gpu_kernels.images(gpu_kernels.BUILD, tool, "elf"), wanted)
        self.assertEqual(gpu_kernels.images(gpu_kernels.BUILD, tool, "ptx"), wanted[-1:])

    def test_the_table_in_the_document_has_the_kernels_that_count(self):
        wanted = [name for name in gpu_kernels.listed() if name not in gpu_kernels.COLD]
        self.assertGreater(len(wanted), 5)
        self.assertEqual(gpu_kernels.in_document(), wanted, "out of date: run tools/gpu_kernels.py --write")
        self.assertEqual(gpu_kernels.COLD - set(gpu_kernels.listed()), set())


class GpuRoofline(unittest.TestCase):
    """What GPUs can reach at best; tests/bench_test.cpp compares its counts with those of core."""

    def test_the_tables_in_the_document_are_up_to_date(self):
        self.assertEqual(gpu_roofline.in_document(), gpu_roofline.tables(),
                         "out of date: run tools/gpu_roofline.py --write")

    def test_a_stage_takes_as_long_as_its_layers_one_after_the_other(self):
        card = gpu_roofline.Card("", tflops=1, bandwidth=1000, memory=1)
        compute, memory = gpu_roofline.Part(3e12, 1e12), gpu_roofline.Part(0, 5e11, 5e11)
        for parts, seconds, bound in (([compute], 3, "compute"), ([memory], 1, "memory"),
                                      ([compute, memory], 4, "75 % compute")):
            stage = gpu_roofline.Stage("", parts)
            self.assertEqual((stage.seconds(card), stage.bound(card)), (seconds, bound))


class InstallCuda(unittest.TestCase):
    """tools/install_cuda, with small packages in a folder instead of NVIDIA's."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        (self.root / "tools").mkdir()
        (self.root / "wheels").mkdir()
        (self.root / "tools/lib.sh").write_text((TREE / "tools/lib.sh").read_text(encoding="utf-8"), encoding="utf-8")
        (self.root / "tools/packages.txt").write_text("[cuda]\n", encoding="utf-8")  # a test installs nothing

    def wheel(self, version: str, files: dict[str, str]) -> str:
        """Makes the package nvidia-small; returns its SHA-256."""
        path = self.root / f"wheels/nvidia_small-{version}-py3-none-manylinux2014_{platform.machine()}.whl"
        about = f"nvidia_small-{version}.dist-info"
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: nvidia-small\nVersion: {version}\n")
            packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
            packed.writestr(f"{about}/licenses/License.txt", "as it is")
            for name, text in files.items():
                packed.writestr(name, text)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def install(self, version: str, sha256: str, megabytes: int = 1) -> subprocess.CompletedProcess:
        script = (TREE / "tools/install_cuda").read_text(encoding="utf-8")
        begin, end = "compiler_packages() {\n  cat <<'LIST'\n", "LIST\n}\n"
        before, _, rest = script.partition(begin)
        line = f"nvidia-small {version} 1 {megabytes} EULA {sha256} {sha256} a test\n"
        (self.root / "tools/install_cuda").write_text(before + begin + line + end + rest.partition(end)[2],
                                                      encoding="utf-8")
        wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.root / "wheels"), "PIP_CONFIG_FILE": os.devnull}
        done = subprocess.run(["bash", "tools/install_cuda"], cwd=self.root, capture_output=True, text=True,
                              env=os.environ | wheels)
        if "needs a Python 3 with pip" in done.stderr:
            self.skipTest("needs a Python with pip")
        return done

    def made(self) -> list[str]:
        return sorted(str(path.relative_to(self.root / "build/cuda")) for path in (self.root / "build/cuda").rglob("*")
                      if path.is_file())

    def test_a_package_is_laid_out_once_and_replaced_by_another_version(self):
        first = self.wheel("1.0", {"nvidia/cu13/bin/tool": "", "nvidia/cu13/include/a.h": "", "other/b.py": ""})
        done = self.install("1.0", first)
        self.assertEqual(0, done.returncode, done.stderr)
        always = ["installed/nvidia-small", "licences/nvidia-small/License.txt"]
        self.assertEqual(self.made(), ["bin/tool", "include/a.h"] + always)
        self.assertTrue(os.access(self.root / "build/cuda/bin/tool", os.X_OK))
        self.assertRegex(self.install("1.0", first).stderr, r"has all 1 packages: nothing to do\n$")
        second = self.wheel("1.1", {"nvidia/cudnn/include/c.h": "", "include/d/e.h": ""})
        self.assertEqual(0, self.install("1.1", second).returncode)
        self.assertEqual(self.made(), ["include/c.h", "include/d/e.h"] + always)

    def test_what_fails_says_why_and_leaves_nothing(self):
        sha256 = self.wheel("1.0", {"nvidia/cu13/bin/tool": ""})
        for version, expected, megabytes, why in (("1.0", "0" * 64, 1, "its SHA-256 differs"),
                                                  ("2.0", sha256, 1, "PyPI does not have it"),
                                                  ("1.0", sha256, 10 ** 9, "not enough room on the disk")):
            done = self.install(version, expected, megabytes)
            self.assertEqual(1, done.returncode)
            self.assertIn(why, done.stderr)
            self.assertEqual(self.made(), [])

    def test_every_package_has_a_version_sizes_a_licence_and_two_hashes(self):
        script = (TREE / "tools/install_cuda").read_text(encoding="utf-8")
        lines = [line for line in script.splitlines() if line.startswith("nvidia-")]
        self.assertEqual(9, len(lines))
        for line in lines:
            self.assertRegex(line, r"^nvidia-[a-z0-9-]+ +[0-9.]+ +\d+ +\d+ [\w.,-]+ +[0-9a-f]{64} [0-9a-f]{64} \w.+$")


class Worlds(unittest.TestCase):
    def test_a_seed_makes_the_same_world_pixels_and_questions(self):
        for seed in range(8):
            world, again = make_world(seed), make_world(seed)
            self.assertEqual(world, again)
            times = frame_times(3)
            np.testing.assert_array_equal(render(world, 112, times), render(again, 112, times))
            self.assertEqual(ask_all(world, np.random.default_rng(seed)), ask_all(again, np.random.default_rng(seed)))
        self.assertNotEqual(make_world(1), make_world(2))

    def test_objects_stay_in_the_frame_and_do_not_share_a_shape(self):
        for seed in range(300):
            things = make_world(seed).things
            self.assertIn(len(things), (1, 2, 3, 4))
            self.assertEqual(len({thing.shape for thing in things}), len(things))
            for thing in things:
                for value in (*thing.start, *thing.end):
                    self.assertTrue(0 < value < SIDE)

    def test_the_pixels_show_the_world(self):
        for seed in range(40):
            world = make_world(seed)
            frame = render(world, SIDE, [1.0])[0].astype(int)
            for thing in world.things:
                x, y = (int(v) for v in thing.center(1.0))
                # The middle of an object has its colour, apart from the grain.
                off = np.abs(frame[y - 1:y + 2, x - 1:x + 2].mean((0, 1)) - thing.rgb).max()
                self.assertLess(off, 16, (seed, thing))
                self.assertLessEqual(np.abs(np.subtract(thing.rgb, COLORS[thing.color])).max(), JITTER)

    def test_what_comes_later_is_not_seen_before(self):
        world = next(world for world in map(make_world, range(200)) if any(thing.late for thing in world.things))
        late = next(thing for thing in world.things if thing.late)
        before, after = render(world, SIDE, [late.appears - 0.02, late.appears + 0.02])
        x, y = (int(v) for v in late.start)
        changed = np.abs(before[y, x].astype(int) - after[y, x]).max()
        self.assertGreater(changed, 40)


class Answers(unittest.TestCase):
    """Derives each answer from the world again, in another way."""

    def check(self, world, asked):
        things = {thing.shape: thing for thing in world.things}
        text = asked.answer
        shapes = re.findall(rf"\b({'|'.join(SHAPES)})\b", text)
        thing = things.get(shapes[0]) if shapes else None
        if asked.kind in ("color", "shape"):
            self.assertIn(thing.color, text)
            self.assertEqual(1, len(shapes))
        elif asked.kind == "motion":
            dx, dy = np.subtract(thing.end, thing.start)
            way = ("does not move" if max(abs(dx), abs(dy)) < 1 else "right" if dx > 1 else "left" if dx < -1 else
                   "down" if dy > 1 else "up")
            self.assertTrue(text.endswith(f" {way}."), (text, dx, dy))
        elif asked.kind == "where":
            x, y = np.array(thing.center(0.0 if text.startswith("At the start") else 1.0)) / SIDE
            row = "top" if y < 1 / 3 else "middle" if y < 2 / 3 else "bottom"
            column = "left" if x < 1 / 3 else "center" if x < 2 / 3 else "right"
            place = "center" if (row, column) == ("middle", "center") else f"{row} {column}"
            self.assertTrue(text.endswith(f" at the {place}."), (text, x, y))
        elif asked.kind == "count":
            words = {1: "is one object", 2: "are two objects", 3: "are three objects", 4: "are four objects"}
            self.assertEqual(text, f"There {words[len(world.things)]}.")
        elif asked.kind == "is_there":
            color, shape = re.search(rf"({'|'.join(COLORS)}) ({'|'.join(SHAPES)})\?", asked.question).groups()
            self.assertEqual(text.startswith("Yes"), shape in things and things[shape].color == color)
        elif asked.kind == "later":
            late = [thing for thing in world.things if thing.appears > 0]
            wanted = f"The {late[0].color} {late[0].shape} appears later." if late else "Nothing appears later."
            self.assertEqual(text, wanted)
        elif asked.kind == "size":
            change = thing.radius_at(1.0) / thing.radius_at(thing.appears)
            does = "grows" if change > 1.2 else "shrinks" if change < 0.8 else "stays the same size"
            self.assertTrue(text.endswith(f" {does}."), (text, change))
        else:
            self.assertEqual(asked.kind, "describe")
            self.assertEqual(len(shapes), len(things))
            order = [things[shape].center(things[shape].appears)[0] for shape in shapes]
            self.assertEqual(order, sorted(order))
            for shape in shapes:
                self.assertIn(f"{things[shape].color} {shape}", text.lower())

    def test_answers_agree_with_the_world(self):
        kinds = set()
        for seed in range(300):
            world = make_world(seed)
            for asked in ask_all(world, np.random.default_rng(seed)):
                kinds.add(asked.kind)
                self.check(world, asked)
        self.assertEqual(kinds, set(KINDS))

    def test_a_kind_with_a_greater_weight_is_drawn_more_often(self):
        def drawn(kind, weights):
            asked = []
            for seed in range(120):
                asked += sample(make_world(seed), np.random.default_rng(seed), 12, weights)
            return sum(one.kind == kind for one in asked)

        for kind in ("where", "size", "color"):
            self.assertGreater(drawn(kind, {kind: 4.0}), 1.1 * drawn(kind, {}))
            self.assertLess(drawn(kind, {kind: 0.1}), drawn(kind, {}))
        for seed in range(5):
            world = make_world(seed)
            self.assertEqual(sample(world, np.random.default_rng(seed), 10),
                             sample(world, np.random.default_rng(seed), 10, {"where": 2.0}))

    def test_no_question_has_two_answers(self):
        for seed in range(100):
            answers = {}
            for asked in ask_all(make_world(seed), np.random.default_rng(seed)):
                self.assertEqual(answers.setdefault(asked.question, asked.answer), asked.answer)


class Files(unittest.TestCase):
    def test_a_clip_has_the_frames_and_streams_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            write_clip(path, make_world(3), size=96, frames=17, fps=10, sound=True)
            streams = {stream["codec_type"]: stream for stream in probe(path, count_frames=True)}
            video = streams["video"]
            self.assertEqual((video["codec_name"], video["pix_fmt"], video["width"], video["height"]),
                             ("h264", "yuv420p", 96, 96))
            self.assertEqual(int(video["nb_read_frames"]), 17)
            self.assertEqual(streams["audio"]["codec_name"], "aac")
            frames = read_clip(path)
            self.assertEqual(frames.shape, (17, 96, 96, 3))
            drawn = render(make_world(3), 96, frame_times(17))
            self.assertLess(np.abs(frames.astype(int) - drawn).mean(), 8)
            write_clip(path, make_world(3), size=64, frames=5)
            self.assertEqual([s["codec_type"] for s in probe(path)], ["video"])
            with self.assertRaises(ValueError):
                write_clip(path, make_world(3), size=97, frames=5)

    def test_set_writes_clips_and_questions(self):
        with tempfile.TemporaryDirectory() as folder:
            with redirect_stdout(io.StringIO()):
                code = render_clips.main(["set", "--seed", str(HELD_OUT_SEEDS.start), "--clips", "2", "--size", "64",
                                          "--frames", "4", "--out", folder])
            self.assertEqual(code, 0)
            for row in lines_of(Path(folder) / "questions.jsonl"):
                self.assertEqual(set(row), {"clip", "question", "answer", "kind"})
                self.assertTrue((Path(folder) / row["clip"]).is_file())


    def test_only_what_was_answered_right_everywhere_is_kept(self):
        rows = [{"clip": clip, "question": f"{clip} {n}?", "answer": "yes", "kind": "count"}
                for clip in ("a.mp4", "b.mp4") for n in (1, 2, 3)]
        with tempfile.TemporaryDirectory() as folder:
            clips, results = Path(folder) / "clips", Path(folder) / "results"
            clips.mkdir(), results.mkdir()
            render_clips.write_questions(clips / "questions.jsonl", rows)
            wrong = {("a.mp4#2", "none"), ("b.mp4#1", "fastv")}
            lines = [{"id": f"{clip}#{n}", "strategy": strategy, "right": (f"{clip}#{n}", strategy) not in wrong}
                     for clip in ("a.mp4", "b.mp4") for n in (1, 2, 3) for strategy in ("none", "fastv")
                     if (clip, n) != ("b.mp4", 3)]  # never asked
            render_clips.write_questions(results / "results-1-of-1.jsonl", lines)
            with redirect_stdout(io.StringIO()):
                render_clips.keep_right(clips, results)
            kept = [row["question"] for row in lines_of(clips / "questions.jsonl")]
            self.assertEqual(kept, ["a.mp4 1?", "a.mp4 3?", "b.mp4 2?"])


class Card(unittest.TestCase):
    def test_what_is_suggested_comes_from_different_kinds_and_tells_something(self):
        rows = [{"kind": kind, "question": f"{kind}?", "answer": answer} for kind, answer in
                (("later", "Nothing appears later."), ("size", "The star stays the same size."), ("color", "The star is red."),
                 ("describe", "A red star moves up."), ("motion", "The star moves up."))]
        self.assertEqual(model_card.suggested(rows), ["describe?", "motion?", "color?"])
        self.assertEqual(model_card.suggested(rows[:1]), ["later?"])

    def test_the_demo_models_card_is_what_the_tool_makes(self):
        card = json.loads((TREE / "resources/models/sparsight-demo/sparsight.json").read_text(encoding="utf-8"))
        self.assertEqual(list(card), list(model_card.with_languages(card, ["en"])))
        self.assertEqual(card["languages"], ["en"])
        self.assertEqual(card["clips"], model_card.clips_of(TREE / "resources/clips"))
        self.assertEqual(card["accuracy"]["questions"], 402)
        self.assertIn("\n" + model_card.table_of(card["accuracy"]) + "\n", (TREE / "BENCHMARKS.md").read_text(encoding="utf-8"))
        right, own = card["accuracy"]["right"], card["pruning"]
        told = f"({right[own['strategy']][own['budget']]} of 402 test questions right, {right['none']['100%']} with all tokens)"
        self.assertIn(told, " ".join((TREE / "README.md").read_text(encoding="utf-8").split()))
        self.assertTrue(all(right <= 402 for budgets in card["accuracy"]["right"].values() for right in budgets.values()))


class Shipped(unittest.TestCase):
    def test_seed_ranges_are_disjoint(self):
        for one, other in combinations((TRAIN_SEEDS, DEMO_SEEDS, HELD_OUT_SEEDS), 2):
            self.assertEqual(len(range(max(one.start, other.start), min(one.stop, other.stop))), 0)
        self.assertTrue(all(seed in DEMO_SEEDS for _, seed, *_ in render_clips.DEMO))

    def test_the_test_set_is_what_its_seeds_say(self):
        folder = TREE / "tests/data/demo_eval"
        clips = sorted(path.name for path in folder.glob("*.mp4"))
        self.assertGreaterEqual(len(clips), 12)
        rows = []
        for clip in clips:
            seed = int(re.fullmatch(r"clip-(\d+)\.mp4", clip).group(1))
            self.assertIn(seed, HELD_OUT_SEEDS)
            rows += render_clips.rows_of(clip, seed, make_world(seed), 10)
        self.assertEqual(lines_of(folder / "questions.jsonl"), rows)
        self.assertGreaterEqual(len(rows), 100)
        self.assertEqual({row["kind"] for row in rows}, set(KINDS))

    def test_the_demo_clips_are_there_and_small(self):
        folder = TREE / "resources/clips"
        rows = lines_of(folder / "questions.jsonl")
        sounds = 0
        for name, seed, frames, _, sound in render_clips.DEMO:
            path = folder / f"{name}.mp4"
            self.assertLess(path.stat().st_size, 150_000)
            found = probe(path, count_frames=True)
            self.assertEqual([int(s["nb_read_frames"]) for s in found if s["codec_type"] == "video"], [frames])
            self.assertEqual(any(s["codec_type"] == "audio" for s in found), sound)
            sounds += sound
            own = [row for row in rows if row["clip"] == path.name]
            self.assertGreaterEqual(len(own), 3)
            made = render_clips.rows_of(path.name, seed, make_world(seed), render_clips.DEMO_QUESTIONS)
            self.assertTrue(all(row in made for row in own))
        self.assertGreaterEqual(sounds, 2)

    def test_the_arrival_leaves_time_to_rest(self):
        self.assertLessEqual(ARRIVAL, 7 / 8)  # the last of eight frames, however they are sampled, shows the end

    def test_a_missing_package_is_named_with_the_command_that_installs_it(self):
        for tool, package in (("train_demo.py", "torch"), ("render_clips.py", "numpy")):
            # -S: without the folders of installed packages.
            ran = subprocess.run([sys.executable, "-S", "-E", TREE / "tools" / tool, "--help"], capture_output=True,
                                 text=True, check=False)
            self.assertEqual(ran.returncode, 1)
            self.assertRegex(ran.stderr, rf"^{re.escape(tool)}: .*install .*{package}")
            self.assertNotIn("Traceback", ran.stderr)


class Peers(unittest.TestCase):
    """The table of tools/bench_peers.sh, from known times."""

    def setUp(self):
        self.runs = bench_peers.Runs()
        machine = SimpleNamespace(runs=self.runs, tokens=2100,
                                  reports={("prefill", weights): {"results": [{}, {"flops_saved": 0.5}]}
                                           for weights in bench_peers.FORMATS})
        self.table = bench_peers.Table(machine)

    def test_a_ratio_is_of_medians_and_says_how_far_the_goal_is(self):
        for wall in (2, 9, 1):
            self.runs.add("vision bf16", wall, 3)
        self.runs.add("vision float32", 4, 6)
        self.table.vision()
        self.assertEqual(self.table.rows, [["vision, 8 frames, bf16", "2.00 s", "PyTorch float32: 4.00 s", "**2.00**", "2.00",
                                            "1.5", "yes"]])
        self.runs.add("vision bf16", 3, 3)
        self.table.vision()
        self.assertEqual(self.table.rows[1][3:], ["**1.60**", "2.00", "1.5", "yes"])
        self.runs.add("vision float32", 1, 3)
        self.table.vision()
        self.assertEqual(self.table.rows[2][3:], ["**1.00**", "1.50", "1.5", "33 % short"])

    def test_the_prompt_is_compared_with_the_fastest_format_and_with_what_the_cpu_has(self):
        walls = {"bf16": 20, "int8": 10, "int4": 10, "F16": 12, "Q8_0": 21, "Q4_0": 25, "float32": 30}
        for what, wall in walls.items():
            self.runs.add(f"prefill long {what}", wall, 2 * wall)
            self.runs.add(f"prefill short {what}", wall * 255 / 2100, wall)
            self.runs.add(f"pruned {what}", wall * 0.52, wall)
        self.table.prefill()
        rows = {row[0] + "|" + row[2].partition(":")[0]: row for row in self.table.rows}
        self.assertEqual(rows["prefill, 2100 tokens, int8|llama.cpp's fastest, F16"][3:],
                         ["**1.20**", "1.20", "1.5", "20 % short"])
        self.assertEqual(rows["prefill, 2100 tokens, int8|llama.cpp Q8_0"][1:4],
                         ["210.0 tok/s", "llama.cpp Q8_0: 100.0 tok/s", "**2.10**"])
        self.assertFalse(any("bfloat16" in name for name in rows))  # it was not run
        self.assertEqual(rows["255 rows beside 2100, bf16|105.0 tok/s"][3:], ["**1.00**", "0.24", "1", "yes"])
        self.assertEqual(rows["time saved over FLOPs saved, 194 visual tokens, bf16|50.0 %"][1:],
                         ["48.0 %", "50.0 %", "**0.96**", "1.00", "0.95", "yes"])


if __name__ == "__main__":
    unittest.main()
