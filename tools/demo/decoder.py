"""Stage 3: projector and decoder learn to answer, on the features of a frozen tower.

A step takes `batch` clips.  Each clip's conversations (single questions and several turns) share its context in one
sequence; a mask lets a conversation see only the context and itself, and its positions start after the full context, so
that each is trained as if it were alone.  Visual tokens are dropped at random, those of objects less often; the rest keep
their positions. This is several times faster, and the model learns to cope with pruning.  Two auxiliary losses help:
  words   a visual token's embedding times the embedding table should give the words of its object's colour and shape;
  traits  at tokens of objects, two thirds up the decoder: how the object moves and grows, whether it came late, its place
          now and at first, and the frame's number.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .features import Features
from .model import Model
from .prompt import Tokenizer
from .questions import WEIGHTS, Asked, sample
from .steps import train
from .world import COLORS, GROWTHS, MOTIONS, PLACES, SHAPES, TRAIN_SEEDS, World, make_world, place_of

IGNORED = -100
MOVED = 3  # motion and growth are learnt from this frame on; before it nothing has moved far


@dataclass(frozen=True)
class DecoderPlan:
    steps: int = 2400
    batch: int = 8  # clips per step
    rate: float = 1.5e-3
    decay: float = 0.05
    clips: int = 4400
    questions: int = 12  # per clip and step
    talks: int = 2  # conversations of several turns among them
    turns: int = 3  # in such a conversation
    weights: tuple[tuple[str, float], ...] = tuple(WEIGHTS.items())  # by kind, how likely a question is drawn
    keep: tuple[float, float] = (0.05, 0.14)  # least and largest share of visual tokens kept in a step
    full: float = 0.05  # share of steps with all visual tokens
    full_late: float = 0.35  # the same, in the last fifth
    full_batch: int = 2  # clips in such a step, which is many times as expensive
    words: float = 0.3  # weight of the first auxiliary loss at the start, falling to a tenth
    traits: float = 0.4  # weight of the second one, off in the last fifth
    seed: int = 0
    save_every: int = 50


class TraitHeads(nn.Module):
    CLASSES = {"motion": len(MOTIONS), "growth": len(GROWTHS), "late": 2, "here": len(PLACES), "first": len(PLACES)}

    def __init__(self, width: int, frames: int):
        super().__init__()
        self.heads = nn.ModuleDict({name: nn.Linear(width, classes)
                                    for name, classes in {**self.CLASSES, "frame": frames}.items()})


def trait_targets(world: World, frames: int) -> dict[str, np.ndarray]:
    """For each trait int64 [frames, objects], the class to predict at that object's tokens in that frame."""
    targets = {name: np.full((frames, len(world.things)), IGNORED) for name in (*TraitHeads.CLASSES, "frame")}
    for column, thing in enumerate(world.things):
        for row in range(frames):
            place = place_of(*thing.center(row / max(frames - 1, 1)))
            targets["here"][row, column] = PLACES.index(place) if place else IGNORED
            targets["frame"][row, column] = row
        place = place_of(*thing.start)
        targets["first"][:, column] = PLACES.index(place) if place else IGNORED
        targets["motion"][MOVED:, column] = list(MOTIONS).index(thing.motion)
        targets["growth"][MOVED:, column] = list(GROWTHS).index(thing.growth)
        targets["late"][:, column] = thing.late
    return targets


def kept_tokens(owners: np.ndarray, keep: int, rng: np.random.Generator) -> np.ndarray:
    """`keep` indices of visual tokens in order, drawn without replacement; tokens of objects are likelier."""
    weights = np.where(owners >= 0, rng.uniform(1.5, 5), 1.0)
    return np.sort(np.argsort(-np.log(rng.random(len(owners))) / weights)[:keep])


def talks_of(asked: list[Asked], plan: DecoderPlan) -> list[list[Asked]]:
    """`asked` split into `plan.talks` conversations of `plan.turns` turns and single questions."""
    several = min(plan.talks * plan.turns, len(asked) // plan.turns * plan.turns)
    talks = [asked[i:i + plan.turns] for i in range(0, several, plan.turns)]
    return talks + [[one] for one in asked[several:]]


def spell(talks: list[list[Asked]], tokenizer: Tokenizer) -> tuple[list[int], list[int], list[int], list[int]]:
    """The conversations one after the other: ids, position within its conversation, its number, and the id to
    predict at each token (IGNORED where that is not part of an answer)."""
    ids, positions, numbers, targets = [], [], [], []
    for number, talk in enumerate(talks):
        own, told = [], []
        for index, one in enumerate(talk):
            question, answer = tokenizer.turn(one.question, index == 0), tokenizer.answer(one.answer)
            own += question + answer
            told += [IGNORED] * len(question) + answer
        # Token i predicts token i + 1; the last one, the end, predicts nothing.
        ids += own
        targets += told[1:] + [IGNORED]
        positions += range(len(own))
        numbers += [number] * len(own)
    return ids, positions, numbers, targets


class Trainer:
    def __init__(self, model: Model, tokenizer: Tokenizer, features: Features, plan: DecoderPlan):
        self.model, self.tokenizer, self.features, self.plan = model, tokenizer, features, plan
        self.heads = TraitHeads(model.shape.width, model.shape.frames)
        self.peek = model.shape.layers * 2 // 3 - 1
        self.context = tokenizer.context()
        self.word = {name: tokenizer.word(name) for name in (*COLORS, *SHAPES)}

    def batch(self, step: int) -> dict[str, Tensor]:
        """Step `step`'s tensors; n is the context's length, t the longest text's."""
        plan, shape = self.plan, self.model.shape
        rng = np.random.default_rng([plan.seed, 20, step])
        late = step >= 0.8 * plan.steps
        tokens = self.features.tokens
        full = rng.random() < (plan.full_late if late else plan.full)
        keep = tokens if full else int(tokens * rng.uniform(*plan.keep))
        lists: dict[str, list] = {name: [] for name in ("visual", "places", "color", "shape", "ids", "positions", "numbers",
                                                        "targets", *TraitHeads.CLASSES, "frame")}
        for index in rng.integers(0, plan.clips, plan.full_batch if full else plan.batch):
            world = make_world(TRAIN_SEEDS.start + int(index))
            owners = np.asarray(self.features.owners[index])
            kept = kept_tokens(owners, keep, rng)
            owner, frame = owners[kept], kept // shape.frame_tokens
            lists["visual"].append(torch.from_numpy(self.features.values[index][kept]).float())
            lists["places"].append(torch.from_numpy(kept) + len(self.context))
            words = [(self.word[thing.color], self.word[thing.shape]) for thing in world.things]
            words = np.array([*words, (IGNORED, IGNORED)])[owner]
            lists["color"].append(torch.from_numpy(words[:, 0]))
            lists["shape"].append(torch.from_numpy(words[:, 1]))
            for name, table in trait_targets(world, shape.frames).items():
                lists[name].append(torch.from_numpy(np.where(owner >= 0, table[frame, owner], IGNORED)))
            talks = talks_of(sample(world, rng, plan.questions, dict(plan.weights)), plan)
            for name, values in zip(("ids", "positions", "numbers", "targets"), spell(talks, self.tokenizer)):
                lists[name].append(torch.tensor(values))
        fill = {"ids": 0, "positions": 0, "numbers": -1, "targets": IGNORED}
        return {name: nn.utils.rnn.pad_sequence(values, True, fill[name]) if name in fill else torch.stack(values)
                for name, values in lists.items()}

    def loss_of(self, step: int) -> tuple[Tensor, str]:
        model, plan = self.model, self.plan
        batch = self.batch(step)
        size = len(batch["ids"])
        visual = model.project(batch["visual"])
        context = torch.cat([model.embed(torch.tensor(self.context)).expand(size, -1, -1), visual], 1)
        context_positions = torch.cat([torch.arange(len(self.context)).expand(size, -1), batch["places"]], 1)
        text_positions = batch["positions"] + len(self.context) + self.features.tokens
        length = batch["ids"].shape[1]
        same = batch["numbers"][:, :, None] == batch["numbers"][:, None]
        visible = same & torch.ones(length, length, dtype=torch.bool).tril()
        told, seen = model.run(context, context_positions, model.embed(batch["ids"]), text_positions, visible, self.peek)
        wanted = batch["targets"] != IGNORED
        logits = model.logits(told[wanted])
        answers = F.cross_entropy(logits, batch["targets"][wanted])
        right = (logits.argmax(-1) == batch["targets"][wanted]).float().mean().item()
        loss, text = answers, f"answers {answers.item():.4f} ({right:.3f})  {visual.shape[1]} tokens"
        thing = batch["color"] != IGNORED
        if thing.any():
            done = step / plan.steps
            table = model.decoder.embed_tokens.weight.T
            named = visual[thing] @ table
            words = sum(F.cross_entropy(named, batch[name][thing]) for name in ("color", "shape")) / 2
            loss = loss + plan.words * 0.1**done * words
            text += f"  words {words.item():.3f}"
            if plan.traits and done < 0.8:
                hidden = seen[:, len(self.context):][thing]
                parts = [F.cross_entropy(head(hidden), batch[name][thing], ignore_index=IGNORED)
                         for name, head in self.heads.heads.items() if (batch[name][thing] != IGNORED).any()]
                traits = sum(parts) / len(parts)
                loss = loss + plan.traits * traits
                text += f"  traits {traits.item():.3f}"
        return loss, text


def train_decoder(model: Model, tokenizer: Tokenizer, features: Features, plan: DecoderPlan, path: Path,
                  resume: bool) -> None:
    """Trains the projector and the decoder of `model` in place."""
    torch.manual_seed(plan.seed)
    trainer = Trainer(model, tokenizer, features, plan)
    train("decoder", {"projector": model.multi_modal_projector, "decoder": model.language_model, "heads": trainer.heads},
          trainer.loss_of, path, plan.steps, plan.rate, plan.decay, plan.save_every,
          {**asdict(plan), "shape": model.shape.as_dict()}, resume)
