"""The miniature Video-LLaVA in plain torch: a CLIP tower, a two-layer projector, a LLaMA decoder.

Modules are named so that state_dict() has the tensor names of Video-LLaVA checkpoints on the hub.  One tower serves as
image and video tower; hub.py writes it twice.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """Sizes of the model; the defaults are those of the shipped one."""

    image: int = 224
    patch: int = 14
    frames: int = 8
    tower_width: int = 128
    tower_mlp: int = 512
    tower_layers: int = 4  # features come from before the last, which is not used
    tower_heads: int = 4
    width: int = 192
    mlp: int = 512
    layers: int = 6
    heads: int = 6
    vocabulary: int = 576

    @property
    def grid(self) -> int:
        return self.image // self.patch

    @property
    def frame_tokens(self) -> int:
        return self.grid**2 + 1

    def as_dict(self) -> dict:
        return asdict(self)


class Container(nn.Module):
    """Holds modules and parameters under names, nothing else."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[batch, length, width] -> [batch, heads, length, width / heads]"""
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """[batch, heads, length, size] -> [batch, length, heads * size]"""
    return x.transpose(1, 2).flatten(2)


class TowerLayer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.tower_width
        self.heads = shape.tower_heads
        self.self_attn = Container(**{name: nn.Linear(width, width) for name in ("k_proj", "v_proj", "q_proj", "out_proj")})
        self.layer_norm1 = nn.LayerNorm(width)
        self.mlp = Container(fc1=nn.Linear(width, shape.tower_mlp), fc2=nn.Linear(shape.tower_mlp, width))
        self.layer_norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """[frames, tokens, width] -> the same"""
        normed = self.layer_norm1(x)
        attn = self.self_attn
        q, k, v = (split_heads(p(normed), self.heads) for p in (attn.q_proj, attn.k_proj, attn.v_proj))
        x = x + attn.out_proj(join_heads(F.scaled_dot_product_attention(q, k, v)))
        hidden = self.mlp.fc1(self.layer_norm2(x))
        return x + self.mlp.fc2(hidden * torch.sigmoid(1.702 * hidden))


class Tower(nn.Module):
    """CLIP's vision transformer as far as Video-LLaVA uses it: the output of its last layer but one."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.tower_width
        self.embeddings = nn.Module()
        self.embeddings.class_embedding = nn.Parameter(torch.randn(width) * 0.02)
        self.embeddings.patch_embedding = nn.Conv2d(3, width, shape.patch, shape.patch, bias=False)
        self.embeddings.position_embedding = nn.Embedding(shape.frame_tokens, width)
        nn.init.normal_(self.embeddings.position_embedding.weight, std=0.02)
        self.pre_layrnorm = nn.LayerNorm(width)
        self.encoder = Container(layers=nn.ModuleList(TowerLayer(shape) for _ in range(shape.tower_layers)))
        self.post_layernorm = nn.LayerNorm(width)

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels [frames, 3, side, side] -> features [frames, 1 + grid * grid, width], CLS first"""
        patches = self.embeddings.patch_embedding(pixels).flatten(2).transpose(1, 2)
        cls = self.embeddings.class_embedding.expand(len(pixels), 1, -1)
        x = torch.cat([cls, patches], 1) + self.embeddings.position_embedding.weight
        x = self.pre_layrnorm(x)
        for layer in self.encoder.layers[:-1]:
            x = layer(x)
        return x


class RmsNorm(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotation(positions: Tensor, size: int, theta: float = 10000.0) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotary embedding for `positions` [batch, length]: two of [batch, 1, length, size]"""
    rates = theta ** (-torch.arange(0, size, 2, dtype=torch.float32, device=positions.device) / size)
    angles = positions[:, None, :, None].float() * rates
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    half = x.shape[-1] // 2
    return x * turn[0] + torch.cat([-x[..., half:], x[..., :half]], -1) * turn[1]


class DecoderLayer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        width, mlp = shape.width, shape.mlp
        self.heads = shape.heads

        def linear(inputs: int, outputs: int) -> nn.Linear:
            return nn.Linear(inputs, outputs, bias=False)

        self.self_attn = Container(**{name: linear(width, width) for name in ("q_proj", "k_proj", "v_proj", "o_proj")})
        self.mlp = Container(gate_proj=linear(width, mlp), up_proj=linear(width, mlp), down_proj=linear(mlp, width))
        self.input_layernorm = RmsNorm(width)
        self.post_attention_layernorm = RmsNorm(width)

    def project(self, x: Tensor, turn) -> tuple[Tensor, Tensor, Tensor]:
        """Rotated queries, rotated keys, values of [batch, length, width]: each [batch, heads, length, size]"""
        normed = self.input_layernorm(x)
        attn = self.self_attn
        q, k, v = (split_heads(p(normed), self.heads) for p in (attn.q_proj, attn.k_proj, attn.v_proj))
        return rotate(q, turn), rotate(k, turn), v

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        x = x + self.self_attn.o_proj(join_heads(attended))
        normed = self.post_attention_layernorm(x)
        return x + self.mlp.down_proj(F.silu(self.mlp.gate_proj(normed)) * self.mlp.up_proj(normed))


class Model(nn.Module):
    """The whole model.  A clip's context (BOS, "USER:", the visual tokens) is shared by any number of conversations
    about it: each sees only the context and itself, so that one pass trains or answers them all."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.video_tower = Container(vision_model=Tower(shape))
        self.multi_modal_projector = Container(linear_1=nn.Linear(shape.tower_width, shape.width),
                                               linear_2=nn.Linear(shape.width, shape.width))
        decoder = Container(embed_tokens=nn.Embedding(shape.vocabulary, shape.width),
                            layers=nn.ModuleList(DecoderLayer(shape) for _ in range(shape.layers)),
                            norm=RmsNorm(shape.width))
        self.language_model = Container(model=decoder,
                                        lm_head=nn.Linear(shape.width, shape.vocabulary, bias=False))
        nn.init.normal_(decoder.embed_tokens.weight, std=0.05)
        for layer in decoder.layers:
            for part in (layer.self_attn, layer.mlp):
                for linear in part.children():
                    nn.init.normal_(linear.weight, std=0.04)

    @property
    def tower(self) -> Tower:
        return self.video_tower.vision_model

    @property
    def decoder(self) -> nn.Module:
        return self.language_model.model

    def embed(self, ids: Tensor) -> Tensor:
        return self.decoder.embed_tokens(ids)

    def project(self, features: Tensor) -> Tensor:
        """Tower features [..., tower width] -> visual tokens [..., width]"""
        return self.multi_modal_projector.linear_2(F.gelu(self.multi_modal_projector.linear_1(features)))

    def logits(self, hidden: Tensor) -> Tensor:
        return self.language_model.lm_head(self.decoder.norm(hidden))

    def run(self, context: Tensor, context_positions: Tensor, text: Tensor, text_positions: Tensor, visible: Tensor,
            peek: int = -1) -> tuple[Tensor, Tensor | None]:
        """Training: context [batch, n, width] and text [batch, t, width] embeddings, their positions, and which text
        tokens see which (bool [batch, t, t]) -> the text's last hidden states [batch, t, width] and the context's hidden
        states after layer `peek`.  The text sees all of the context."""
        batch, n, _ = context.shape
        size = self.shape.width // self.shape.heads
        x = torch.cat([context, text], 1)
        turn = rotation(torch.cat([context_positions, text_positions], 1), size)
        mask = torch.cat([visible.new_ones(batch, text.shape[1], n), visible], 2)[:, None]
        peeked = None
        for index, layer in enumerate(self.decoder.layers):
            q, k, v = layer.project(x, turn)
            first = F.scaled_dot_product_attention(q[:, :, :n], k[:, :, :n], v[:, :, :n], is_causal=True)
            second = F.scaled_dot_product_attention(q[:, :, n:], k, v, attn_mask=mask)
            x = layer.finish(x, torch.cat([first, second], 2))
            if index == peek:
                peeked = x[:, :n]
        return x[:, n:], peeked

    @torch.no_grad()
    def read_context(self, context: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Keys and values of one clip's context [1, n, width], one pair per layer, each [1, heads, n, size]"""
        turn = rotation(torch.arange(context.shape[1])[None], self.shape.width // self.shape.heads)
        cache = []
        x = context
        for layer in self.decoder.layers:
            q, k, v = layer.project(x, turn)
            cache.append((k, v))
            x = layer.finish(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))
        return cache

    @torch.no_grad()
    def answer(self, cache: list[tuple[Tensor, Tensor]], prompts: list[list[int]], end: int, limit: int = 64) -> list[list[int]]:
        """Greedy answers (ids without `end`) to `prompts`, the ids after the context, all about the clip of `cache`"""
        n = cache[0][0].shape[2]
        size = self.shape.width // self.shape.heads
        count, longest = len(prompts), max(map(len, prompts))
        # Prompts are padded on the left; the padding is masked, and positions count real tokens only.
        pads = torch.tensor([longest - len(prompt) for prompt in prompts])
        ids = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts])
        own = [(keys.new_zeros(count, self.shape.heads, 0, size),) * 2 for keys, _ in cache]
        answers: list[list[int]] = [[] for _ in prompts]
        done = [False] * count
        for _ in range(limit):
            past, new = own[0][0].shape[2], ids.shape[1]
            columns = torch.arange(past + new)
            rows = columns[past:]
            hidden = (columns < pads[:, None])[:, None] | (columns > rows[:, None])
            turn = rotation((n + rows - pads[:, None]).clamp(min=0), size)
            x = self.embed(ids)
            for index, layer in enumerate(self.decoder.layers):
                q, k, v = layer.project(x, turn)
                own[index] = tuple(torch.cat(pair, 2) for pair in zip(own[index], (k, v)))
                # The context's keys are the same for all prompts: one product serves them all.
                keys, values = cache[index]
                far = (q.transpose(0, 1).flatten(1, 2) @ keys[0].transpose(1, 2)).view(-1, count, new, n).transpose(0, 1)
                near = (q @ own[index][0].transpose(2, 3)).masked_fill(hidden[:, None], -1e30)
                weights = (torch.cat([far, near], 3) / size**0.5).softmax(-1)
                from_far = weights[..., :n].transpose(0, 1).flatten(1, 2) @ values[0]
                attended = from_far.view(-1, count, new, size).transpose(0, 1) + weights[..., n:] @ own[index][1]
                x = layer.finish(x, attended)
            ids = self.logits(x[:, -1:]).argmax(-1)
            for row, token in enumerate(ids[:, 0].tolist()):
                done[row] = done[row] or token == end
                if not done[row]:
                    answers[row].append(token)
            if all(done):
                break
        return answers
