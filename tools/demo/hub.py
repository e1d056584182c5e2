"""Reads and writes the Hugging Face directory of a miniature Video-LLaVA."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from .model import Model, Shape
from .pixels import MEAN, STD
from .prompt import BOS, END, IMAGE, PAD, VIDEO

TOKENIZER_FILES = ("tokenizer.model", "tokenizer.json", "tokenizer_config.json")


def config_of(shape: Shape) -> dict:
    return {
        "architectures": ["VideoLlavaForConditionalGeneration"],
        "model_type": "video_llava",
        "torch_dtype": "bfloat16",
        "transformers_version": "4.44.0",
        "ignore_index": -100,
        "image_seq_length": shape.grid**2,
        "video_seq_length": shape.frames * shape.frame_tokens,
        "image_token_index": IMAGE,
        "video_token_index": VIDEO,
        "pad_token_id": PAD,
        "multimodal_projector_bias": True,
        "projector_hidden_act": "gelu",
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
        "tie_word_embeddings": False,
        "text_config": {
            "model_type": "llama",
            "architectures": ["LlamaForCausalLM"],
            "vocab_size": shape.vocabulary,
            "hidden_size": shape.width,
            "intermediate_size": shape.mlp,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "num_key_value_heads": shape.heads,
            "hidden_act": "silu",
            "rms_norm_eps": 1e-05,
            "rope_theta": 10000.0,
            "max_position_embeddings": 4096,
            "bos_token_id": BOS,
            "eos_token_id": END,
            "pad_token_id": PAD,
            "tie_word_embeddings": False,
            "attention_bias": False,
            "torch_dtype": "bfloat16",
        },
        "vision_config": {
            "model_type": "clip_vision_model",
            "hidden_size": shape.tower_width,
            "intermediate_size": shape.tower_mlp,
            "num_hidden_layers": shape.tower_layers,
            "num_attention_heads": shape.tower_heads,
            "image_size": shape.image,
            "patch_size": shape.patch,
            "projection_dim": shape.tower_width,
            "hidden_act": "quick_gelu",
            "layer_norm_eps": 1e-05,
        },
    }


def preprocessor_of(shape: Shape) -> dict:
    return {
        "crop_size": {"height": shape.image, "width": shape.image},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": list(MEAN),
        "image_std": list(STD),
        "image_processor_type": "VideoLlavaImageProcessor",
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"shortest_edge": shape.image},
    }


def shape_of(config: dict) -> Shape:
    text, vision = config["text_config"], config["vision_config"]
    tokens = (vision["image_size"] // vision["patch_size"]) ** 2 + 1
    return Shape(
        image=vision["image_size"], patch=vision["patch_size"], frames=config["video_seq_length"] // tokens,
        tower_width=vision["hidden_size"], tower_mlp=vision["intermediate_size"],
        tower_layers=vision["num_hidden_layers"], tower_heads=vision["num_attention_heads"],
        width=text["hidden_size"], mlp=text["intermediate_size"], layers=text["num_hidden_layers"],
        heads=text["num_attention_heads"], vocabulary=text["vocab_size"])


def load_model(folder: Path) -> Model:
    """The model in `folder`, in float32."""
    model = Model(shape_of(json.loads((folder / "config.json").read_text())))
    tensors = load_file(folder / "model.safetensors")
    wanted = {name: tensors[name].float() for name in model.state_dict()}
    model.load_state_dict(wanted)
    return model.eval()


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def export(model: Model, tokenizer: Path, folder: Path) -> None:
    """Writes `folder`: the weights in bfloat16, the configuration, and the tokenizer's files out of the folder `tokenizer`."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, value in model.state_dict().items():
        stored = value.detach().to(torch.bfloat16).contiguous()
        tensors[name] = stored
        if name.startswith("video_tower."):
            tensors["image_tower." + name.removeprefix("video_tower.")] = stored.clone()
    save_file(tensors, folder / "model.safetensors.part", metadata={"format": "pt"})
    os.replace(folder / "model.safetensors.part", folder / "model.safetensors")
    write_json(folder / "config.json", config_of(model.shape))
    write_json(folder / "preprocessor_config.json", preprocessor_of(model.shape))
    write_json(folder / "generation_config.json", {"_from_model_config": True, "bos_token_id": BOS, "eos_token_id": END,
                                                   "pad_token_id": PAD})
    for name in TOKENIZER_FILES:
        if (tokenizer / name).resolve() != (folder / name).resolve():
            shutil.copyfile(tokenizer / name, folder / name)
