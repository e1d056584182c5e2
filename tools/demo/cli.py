"""The command line of tools/train_demo.py."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import torch

from .decoder import DecoderPlan, train_decoder
from .evaluate import evaluate, table
from .features import compute_features
from .hub import export, load_model
from .model import Model, Shape
from .prompt import Tokenizer
from .questions import KINDS
from .tower import TowerPlan, train_tower
from .vocabulary import train_tokenizer
from .world import HELD_OUT_SEEDS

HELP = """Trains the demo model: a Video-LLaVA in miniature that answers questions about clips of the demo world.

Every stage writes its result to the folder RUN given by --run and saves its state every few steps: started again after
a crash or a kill, it continues where it stopped.
"""

STAGES = {
    "tokenizer": "trains 512 pieces of SentencePiece: RUN/tokenizer/",
    "tower": "trains the vision tower on dense labels: RUN/tower.pt",
    "features": "computes the tower's features of the training clips: RUN/features/ (0.5 MB per clip)",
    "decoder": "trains projector and decoder on questions and answers: RUN/decoder.pt",
    "export": "writes the Hugging Face directory: RUN/model/",
    "all": "runs every stage in turn and tests on clips of seeds that training does not use",
}

EXAMPLES = r"""examples:
  train_demo.py all --run out/demo                       everything, some hours on two cores
  train_demo.py all --run out/quick --quick              the same in minutes, too small to answer well
  train_demo.py features --run out/tuned --init resources/models/sparsight-demo --clips 1400
  train_demo.py decoder  --run out/tuned --init resources/models/sparsight-demo --clips 1400 --steps 1000 --rate 6e-4 \
                         --keep 0.06 0.30 --weights where=4 describe=2.5 size=1.7 count=1.7
  train_demo.py export   --run out/tuned --init resources/models/sparsight-demo
  train_demo.py evaluate --model out/tuned/model --clips-from tests/data/demo_eval --turns 1 2 3
"""

QUICK_SHAPE = Shape(patch=28, tower_width=64, tower_mlp=128, tower_layers=3, tower_heads=2, width=96, mlp=192, layers=4,
                    heads=3)
QUICK_TOWER = TowerPlan(steps=80, batch=8, save_every=20)
QUICK_DECODER = DecoderPlan(steps=80, batch=4, clips=48, save_every=20)


class Run:
    """A run's folder and settings."""

    def __init__(self, args: argparse.Namespace):
        self.folder, self.init, self.resume, self.seed = args.run, args.init, args.resume, args.seed
        self.folder.mkdir(parents=True, exist_ok=True)
        self.quick = args.quick
        self.shape = QUICK_SHAPE if args.quick else Shape()
        given = {name: value for name, value in vars(args).items() if value is not None}

        def changed(plan):
            return replace(plan, **{field.name: given[field.name] for field in fields(plan) if field.name in given})

        tower, decoder = (QUICK_TOWER, QUICK_DECODER) if args.quick else (TowerPlan(), DecoderPlan())
        # Options that both have, such as --steps, are for the decoder except in stage `tower`.
        self.tower_plan = changed(tower) if args.command == "tower" else replace(tower, seed=args.seed)
        self.decoder_plan = changed(decoder)

    @property
    def tokenizer_folder(self) -> Path:
        return self.init or self.folder / "tokenizer"

    def tokenizer(self) -> None:
        if self.resume and (self.folder / "tokenizer/tokenizer.model").exists():
            return
        train_tokenizer(self.folder / "tokenizer", 100 if self.quick else 2000, self.seed)

    def tower(self) -> None:
        train_tower(self.shape, self.tower_plan, self.folder / "tower.pt", self.resume)

    def saved(self, stage: str) -> dict:
        """The checkpoint of `stage`."""
        path = self.folder / f"{stage}.pt"
        if not path.exists():
            raise SystemExit(f"{path} is missing: run stage `{stage}` first")
        return torch.load(path, weights_only=True)

    def start(self) -> Model:
        """The model before stage `decoder`: that of --init, or a fresh one with this run's tower."""
        if self.init:
            return load_model(self.init)
        torch.manual_seed(self.seed)
        model = Model(self.shape)
        model.tower.load_state_dict(self.saved("tower")["tower"])
        return model.eval()

    def features(self):
        return compute_features(self.start(), self.folder / "features", self.decoder_plan.clips, self.resume)

    def decoder(self) -> None:
        model = self.start()
        features = compute_features(model, self.folder / "features", self.decoder_plan.clips, True)
        train_decoder(model, Tokenizer(self.tokenizer_folder / "tokenizer.model"), features, self.decoder_plan,
                      self.folder / "decoder.pt", self.resume)

    def export(self) -> None:
        model = self.start()
        saved = self.saved("decoder")
        model.multi_modal_projector.load_state_dict(saved["projector"])
        model.language_model.load_state_dict(saved["decoder"])
        export(model, self.tokenizer_folder, self.folder / "model")
        print(f"step {saved['step']} exported to {self.folder / 'model'}")

    def all(self) -> dict:
        """Every stage; returns the accuracy on a held-out set that is rendered for it."""
        from render_clips import main as render_clips
        if not self.init:
            self.tokenizer()
            self.tower()
        self.features()
        self.decoder()
        self.export()
        held_out = self.folder / "held_out"
        if not (held_out / "questions.jsonl").exists():
            render_clips(["set", "--seed", str(HELD_OUT_SEEDS.start), "--clips", "4" if self.quick else "40", "--out",
                          str(held_out)])
        return evaluate(self.folder / "model", held_out, (1, 2, 3))


def report(results: dict[str, dict], path: Path | None) -> None:
    print(table(results))
    summary = {title: {name: value for name, value in result.items() if name != "rows"}
               for title, result in results.items()}
    print(json.dumps(summary))
    if path:
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"expected a share above 0 and up to 1, found {text}")
    return value


def weight(text: str) -> tuple[str, float]:
    kind, _, value = text.partition("=")
    try:
        found = kind, float(value)
    except ValueError:
        found = kind, 0.0
    if kind not in KINDS or not 0 < found[1] < 1000:
        raise argparse.ArgumentTypeError(f"expected KIND=X, X above 0, KIND one of {', '.join(KINDS)}; found {text}")
    return found


class Tuple(argparse.Action):
    """Several values as a tuple."""

    def __call__(self, parser, namespace, values, option=None):
        setattr(namespace, self.dest, tuple(values))


class Shares(Tuple):
    """Two shares, the smaller one first."""

    def __call__(self, parser, namespace, values, option=None):
        if values[0] > values[1]:
            parser.error(f"{option}: expected the smaller share first, found {values[0]} {values[1]}")
        super().__call__(parser, namespace, values, option)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="train_demo.py", description=HELP, epilog=EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True, metavar="STAGE")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--run", type=Path, required=True, help="folder for everything this run makes")
    common.add_argument("--init", type=Path, help="start from the model in this Hugging Face directory")
    common.add_argument("--quick", action="store_true", help="tiny sizes: shows in minutes that the stages work")
    common.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True,
                        help="continue where an earlier run stopped (the default)")
    common.add_argument("--seed", type=int, default=0)
    common.add_argument("--threads", type=int, default=0, help="threads of torch; 0 lets it choose")
    common.add_argument("--steps", type=int, help="steps of the stage (with `all`: of the decoder)")
    common.add_argument("--batch", type=int, help="frames (tower) or clips (decoder) a step")
    common.add_argument("--rate", type=float, help="peak learning rate")
    common.add_argument("--clips", type=int, help="training clips")
    common.add_argument("--full", type=float, help="share of decoder steps with all visual tokens")
    common.add_argument("--full-late", type=float, help="the same for the last fifth of the steps")
    common.add_argument("--keep", type=share, nargs=2, metavar=("LEAST", "MOST"), action=Shares,
                        help="share of the visual tokens that a decoder step keeps, drawn between these two")
    common.add_argument("--weights", type=weight, nargs="+", metavar="KIND=X", action=Tuple,
                        help="questions of this kind are drawn X times as likely as others")
    common.add_argument("--talks", type=int, help="conversations of several turns per clip and step")
    for name, text in STAGES.items():
        commands.add_parser(name, parents=[common], help=text)
    test = commands.add_parser("evaluate", help="accuracy by kind of question, greedy, the whole answer equal")
    test.add_argument("--model", type=Path, required=True)
    test.add_argument("--clips-from", type=Path, required=True, help="folder of clips with questions.jsonl")
    test.add_argument("--turns", type=int, nargs="+", default=[1], help="1 asks each question alone, N as the N-th turn")
    test.add_argument("--json", type=Path, help="also write every question with the answer given")
    test.add_argument("--threads", type=int, default=0)
    return top


def main(arguments: list[str] | None = None) -> int:
    args = parser().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.command == "evaluate":
        results = evaluate(args.model, args.clips_from, tuple(args.turns))
        report(results, args.json)
        return 0
    run = Run(args)
    result = getattr(run, args.command)()
    if args.command == "all":
        report(result, run.folder / "accuracy.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
