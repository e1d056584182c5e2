"""The original Video-LLaVA in PyTorch, for comparisons: transformers does not have it.

LanguageBind's towers as their published layers compute, without the random mirroring; the decoder is transformers'.
"""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

MEAN = torch.tensor((0.48145466, 0.4578275, 0.40821073))[:, None, None]
DEVIATION = torch.tensor((0.26862954, 0.26130258, 0.27577711))[:, None, None]
SYSTEM = ("A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, detailed, "
          "and polite answers to the human's questions.")
PLACEHOLDER = -200
HEAD = 64


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("model*.safetensors")):
        found.update(load_file(file))
    if not found:
        for file in sorted(folder.glob("pytorch_model*.bin")):
            found.update(torch.load(file, map_location="cpu", weights_only=True))
    return found


class Tower:
    """Of images or videos; a video's layers first attend at each place over all of its frames."""

    def __init__(self, weights: dict[str, torch.Tensor], name: str):
        prefix = f"model.{name}_tower.{name}_tower."
        self.weights = {key[len(prefix):]: value for key, value in weights.items() if key.startswith(prefix)}
        self.patch = self.weights["embeddings.patch_embedding.weight"].shape[2]
        self.size = self.patch * math.isqrt(self.weights["embeddings.position_embedding.weight"].shape[0] - 1)
        self.layers = len([key for key in self.weights if key.endswith(".layer_norm1.weight")])

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (x.shape[-1],), self.weights[name + ".weight"], self.weights[name + ".bias"], 1e-5)

    def attention(self, x: torch.Tensor, name: str) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = (self.linear(x, f"{name}.{part}_proj").view(batch, length, width // HEAD, HEAD).transpose(1, 2)
                   for part in "qkv")
        mixed = torch.softmax(q @ k.transpose(-1, -2) * HEAD**-0.5, -1) @ v
        return self.linear(mixed.transpose(1, 2).reshape(batch, length, width), f"{name}.out_proj")

    def over_time(self, x: torch.Tensor, layer: str) -> torch.Tensor:
        times = self.weights.get(layer + "temporal_embedding")
        if times is None:
            return x
        frames, places, width = x.shape
        together = times.shape[1]
        x = x.view(frames // together, together, places, width).transpose(1, 2).reshape(-1, together, width)
        if together != 1:
            x = x + times
        x = x + self.attention(self.norm(x, layer + "temporal_layer_norm1"), layer + "temporal_attn")
        return x.view(frames // together, places, together, width).transpose(1, 2).reshape(frames, places, width)

    def features(self, pixels: torch.Tensor, select: int) -> torch.Tensor:
        patches = F.conv2d(pixels, self.weights["embeddings.patch_embedding.weight"], stride=self.patch)
        x = patches.flatten(2).transpose(1, 2)
        x = torch.cat([self.weights["embeddings.class_embedding"].expand(x.shape[0], 1, -1), x], 1)
        x = self.norm(x + self.weights["embeddings.position_embedding.weight"], "pre_layrnorm")
        states = [x]
        for at in range(self.layers):
            layer = f"encoder.layers.{at}."
            x = self.over_time(x, layer)
            x = x + self.attention(self.norm(x, layer + "layer_norm1"), layer + "self_attn")
            inner = F.gelu(self.linear(self.norm(x, layer + "layer_norm2"), layer + "mlp.fc1"))
            x = x + self.linear(inner, layer + "mlp.fc2")
            states.append(x)
        return states[select]


class OriginalVideoLlava:
    def __init__(self, folder: Path, config: dict, dtype: torch.dtype):
        weights = {name: value.to(dtype) for name, value in read_weights(folder).items() if value.is_floating_point()}
        self.select = config.get("mm_vision_select_layer", -2)
        self.video = Tower(weights, "video")
        self.weights = weights
        self.dtype = dtype
        self.tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=False)
        decoder = LlamaConfig(**{key: value for key, value in config.items()
                                 if not key.startswith("mm_") and key not in ("model_type", "architectures", "X")})
        self.model = LlamaForCausalLM(decoder).to(dtype).eval()
        state = {name: value for name, value in weights.items() if "_tower." not in name and "mm_projector" not in name}
        self.model.load_state_dict(state, strict=False)

    def pixels(self, frames: list[Image.Image]) -> torch.Tensor:
        x = torch.from_numpy(np.stack([np.array(frame.convert("RGB")) for frame in frames])).permute(0, 3, 1, 2) / 255.0
        x = (x - MEAN) / DEVIATION
        size, (height, width) = self.video.size, x.shape[-2:]
        if width < height:
            shape = math.floor(height / width * size), size
        else:
            shape = size, math.floor(width / height * size)
        x = F.interpolate(x, size=shape, mode="bilinear", align_corners=False)
        top, left = round((shape[0] - size) / 2), round((shape[1] - size) / 2)
        return x[..., top:top + size, left:left + size].to(self.dtype)

    def project(self, x: torch.Tensor) -> torch.Tensor:
        for name in ("0", "2"):
            at = f"model.mm_projector.{name}"
            x = F.linear(x, self.weights[at + ".weight"], self.weights[at + ".bias"])
            x = F.gelu(x) if name == "0" else x
        return x

    @torch.inference_mode()
    def answer(self, question: str, _, clip, tokens: int) -> tuple[list[int], list[int]]:
        frames = clip[0]
        visual = self.project(self.video.features(self.pixels(frames), self.select)).flatten(0, 1)
        before = self.tokenizer(f"{SYSTEM} USER: ").input_ids
        after = self.tokenizer(f"\n{question} ASSISTANT:").input_ids[1:]
        words = self.model.get_input_embeddings()
        embeds = torch.cat([words(torch.tensor(before)), visual, words(torch.tensor(after))])[None]
        out = self.model.generate(inputs_embeds=embeds, attention_mask=torch.ones(embeds.shape[:2]), do_sample=False,
                                  num_beams=1, max_new_tokens=tokens)[0].tolist()
        end = self.model.generation_config.eos_token_id
        return before + [PLACEHOLDER] * len(frames) + after, [i for i in out if i != end]
