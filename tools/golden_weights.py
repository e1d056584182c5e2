#!/usr/bin/env python3
"""Writes weights as PyTorch and llama.cpp have them, and what is in them, for tests/torch_file_test.cpp and tests/gguf_test.cpp.

    pip install torch numpy gguf
    tools/golden_weights.py torch --out tests/data/torch
    tools/golden_weights.py gguf --out tests/data/gguf

Beside each group of files stands a *.safetensors with the tensors that torch.load, or gguf's dequantize, gives for them.
The draw is seeded.
"""
import argparse
import json
import struct
from pathlib import Path


def write_safetensors(path, tensors):
    """`tensors`: name -> (dtype as the format names it, shape, bytes)."""
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


# ---- PyTorch


def make_torch(out):
    import collections
    import zipfile

    import torch

    generator = torch.Generator().manual_seed(7)

    def draw(*shape, dtype=torch.float32):
        return torch.randn(*shape, generator=generator).to(dtype)

    base = draw(6, 8)
    model = collections.OrderedDict()
    model["float"] = draw(3, 5)
    model["half"] = draw(4, 2, dtype=torch.float16)
    model["bfloat16"] = draw(7, dtype=torch.bfloat16)
    model["double"] = draw(2, dtype=torch.float64)
    model["int64"], model["bool"] = torch.arange(5), torch.tensor([True, False])
    for name in ("int32", "int16", "int8", "uint8"):
        model[name] = torch.arange(3).to(getattr(torch, name))
    model["complex"] = torch.complex(draw(2), draw(2))
    # Views of one storage.
    model["transposed"], model["columns"], model["rows"] = base.t(), base[:, 1:5], base[2:4]
    model["last columns"], model["steps"] = base[:, 3:], base[::2, ::3]
    model["permuted"] = draw(2, 3, 4).permute(2, 0, 1)
    model["tied"] = model["float"]
    model["parameter"] = torch.nn.Parameter(draw(2, 2))
    model["positions"] = torch.arange(5).expand((1, -1))
    model["scalar"], model["empty"], model["five"] = torch.tensor(3.5), torch.zeros(0, 4), draw(1, 2, 1, 3, 2)
    model._metadata = {"": {"version": 1}}
    checkpoint = {"epoch": 3, "rate": 1e-4, "name": "x", "list": [1, (2, -3), {"k": None}, True, 70000, 10**30],
                  "state_dict": model, "state": collections.OrderedDict([("a", 1.5)])}  # fmt: skip
    for protocol in (1, 2, 4, 5):
        for old in (False, True):
            torch.save(model if protocol == 2 else checkpoint, out / f"{'old' if old else 'zip'}{protocol}.pt",
                       pickle_protocol=protocol, _use_new_zipfile_serialization=not old)  # fmt: skip

    # The same archive with 64-bit sizes throughout and a comment, compressed, and with a program in it.
    source = zipfile.ZipFile(out / "zip2.pt")
    with zipfile.ZipFile(out / "zip64.pt", "w") as archive:
        for entry in source.infolist():
            with archive.open(zipfile.ZipInfo(entry.filename), "w", force_zip64=True) as file:
                file.write(source.read(entry))
        archive.comment = b"a comment" * 10
    with zipfile.ZipFile(out / "compressed.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            archive.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), zipfile.ZIP_DEFLATED)
    torch.save(torch.nn.Linear(2, 2), out / "module.pt")
    torch.save({"f8": draw(4).to(torch.float8_e4m3fn), "u16": torch.arange(4).to(torch.uint16)}, out / "newer.pt")

    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64",
             torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8",
             torch.bool: "BOOL", torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3", torch.uint16: "U16"}  # fmt: skip

    def stored(tensor):
        flat = tensor.detach().contiguous().reshape(-1)
        data = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
        return names[tensor.dtype], tensor.shape, data

    loaded = torch.load(out / "zip2.pt", weights_only=False)
    write_safetensors(out / "expected.safetensors", {name: stored(tensor) for name, tensor in loaded.items()})
    newer = torch.load(out / "newer.pt", weights_only=False)
    write_safetensors(out / "newer.safetensors", {name: stored(tensor) for name, tensor in newer.items()})


# ---- llama.cpp

QUANTISED = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"]
# Where a block's scales in half precision stand.
SCALES = {"Q4_1": [0, 2], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def make_gguf(out):
    import gguf
    import numpy as np
    from gguf.quants import dequantize

    random = np.random.default_rng(11)
    types = gguf.GGMLQuantizationType

    def draw(*shape):
        return random.standard_normal(shape).astype(np.float32)

    def random_blocks(name, count):
        data = random.integers(0, 256, (count, gguf.GGML_QUANT_SIZES[types[name]][1]), dtype=np.uint8)
        for at in SCALES.get(name, [0]):  # any half but infinities and NaN
            halves = random.integers(0, 0x7C00, count) | random.integers(0, 2, count) << 15
            data[:, at : at + 2] = halves.astype("<u2").view(np.uint8).reshape(count, 2)
        return data

    def stored(values):
        return "F32", values.shape, np.ascontiguousarray(values, dtype=np.float32).tobytes()

    class File:
        def __init__(self, name, architecture):
            self.writer = gguf.GGUFWriter(out / f"{name}.gguf", architecture)
            self.path, self.expected = out / f"{name}.safetensors", {}

        def add(self, name, values, ours=None, kind="F32", expected=None):
            """Writes `values`, converted to `kind`; they are read under the name `ours`."""
            data = gguf.quants.quantize(values, types[kind])
            self.writer.add_tensor(name, data, raw_dtype=types[kind])
            back = dequantize(data, types[kind]).astype(np.float32)
            if ours is not None:
                self.expected[ours] = back if expected is None else expected(back)

        def close(self):
            self.writer.write_header_to_file()
            self.writer.write_kv_data_to_file()
            self.writer.write_tensors_to_file()
            self.writer.close()
            write_safetensors(self.path, {name: stored(values) for name, values in self.expected.items()})

    quants = File("quants", "none")
    for name in QUANTISED:
        block, size = gguf.GGML_QUANT_SIZES[types[name]]
        data = random_blocks(name, 6 * 256 // block if block < 256 else 6).reshape(3, -1)
        quants.writer.add_tensor(name, data, raw_dtype=types[name])
        quants.expected[name] = dequantize(data, types[name]).astype(np.float32)
    quants.add("F16", draw(3, 5), "F16", "F16")
    quants.add("BF16", draw(3, 5), "BF16", "BF16")
    quants.add("F32", draw(3, 5), "F32")
    for name, value in [("u8", np.uint8(200)), ("i8", np.int8(-3)), ("u16", np.uint16(65535)), ("i16", np.int16(-4))]:
        getattr(quants.writer, f"add_{'uint' if name[0] == 'u' else 'int'}{name[1:]}")(f"test.{name}", int(value))
    quants.writer.add_uint64("test.u64", 2**63 + 1)
    quants.writer.add_int64("test.i64", -(2**62))
    quants.writer.add_float64("test.f64", 1e300)
    quants.writer.add_array("test.floats", [0.5, -2.0])
    quants.writer.add_array("test.texts", ["a", "", "Ġü"])
    quants.close()

    layer_names = {"attn_norm.weight": "input_layernorm.weight", "attn_q.weight": "self_attn.q_proj.weight",
                   "attn_k.weight": "self_attn.k_proj.weight", "attn_v.weight": "self_attn.v_proj.weight",
                   "attn_output.weight": "self_attn.o_proj.weight", "ffn_norm.weight": "post_attention_layernorm.weight",
                   "ffn_gate.weight": "mlp.gate_proj.weight", "ffn_up.weight": "mlp.up_proj.weight",
                   "ffn_down.weight": "mlp.down_proj.weight", "attn_q.bias": "self_attn.q_proj.bias",
                   "attn_k.bias": "self_attn.k_proj.bias", "attn_v.bias": "self_attn.v_proj.bias"}  # fmt: skip

    def make_decoder(name, architecture, heads, kv_heads, kinds):
        hidden, head, ff, vocab, layers = 32, 8, 64, 8, 2
        file = File(name, architecture)
        w, decoder = file.writer, "model.language_model."
        w.add_block_count(layers), w.add_context_length(512), w.add_embedding_length(hidden)
        w.add_feed_forward_length(ff), w.add_head_count(heads), w.add_head_count_kv(kv_heads)
        w.add_layer_norm_rms_eps(1e-5), w.add_rope_freq_base(50000.0), w.add_rope_dimension_count(head)
        if architecture == "qwen2vl":
            w.add_rope_dimension_sections([1, 1, 2, 0])
        w.add_tokenizer_model("gpt2"), w.add_tokenizer_pre("smollm")
        w.add_token_list([f"t{i}" for i in range(vocab)]), w.add_token_types([3] + [1] * (vocab - 1))
        w.add_token_merges(["t 1", "t1 2"])
        w.add_bos_token_id(0), w.add_eos_token_id(1), w.add_add_bos_token(False)
        w.add_chat_template("{% for m in messages %}{{ m }}{% endfor %}")
        file.add("token_embd.weight", draw(vocab, hidden), decoder + "embed_tokens.weight", kinds[0])
        file.add("output_norm.weight", draw(hidden), decoder + "norm.weight")
        if architecture != "llama":
            file.add("output.weight", draw(vocab, hidden), "lm_head.weight", kinds[0])
        shapes = {"attn_q": (heads * head, hidden), "attn_k": (kv_heads * head, hidden), "attn_v": (kv_heads * head, hidden),
                  "attn_output": (hidden, heads * head), "ffn_gate": (ff, hidden), "ffn_up": (ff, hidden),
                  "ffn_down": (hidden, ff), "attn_norm": (hidden,), "ffn_norm": (hidden,)}  # fmt: skip
        for layer in range(layers):
            for theirs, ours in layer_names.items():
                part, kind = theirs.split(".")
                if kind == "bias" and architecture == "llama" and layer == 1:
                    continue
                rotated = {"attn_q": heads, "attn_k": kv_heads}.get(part) if architecture == "llama" else None

                def straight(values, n=rotated):  # what transformers has where llama.cpp has these
                    if n is None:
                        return values
                    pairs = values.reshape(n, values.shape[0] // n // 2, 2, *values.shape[1:])
                    return pairs.swapaxes(1, 2).reshape(values.shape)

                shape = shapes[part] if kind == "weight" else shapes[part][:1]
                file.add(f"blk.{layer}.{theirs}", draw(*shape), f"{decoder}layers.{layer}.{ours}",
                         kinds[1 + layer] if len(shape) == 2 else "F32", straight)  # fmt: skip
        file.close()

    make_decoder("llama", "llama", 4, 2, ["F16", "Q4_1", "F16"])
    make_decoder("qwen2", "qwen2", 4, 2, ["Q8_0", "Q4_0", "BF16"])
    make_decoder("qwen2vl", "qwen2vl", 4, 2, ["F32", "Q5_0", "Q5_1"])

    def make_tower(name, projector, tower, layer_map, gate, swapped=False):
        hidden, ff, heads, projected, patch, merge = 16, 24, 2, 32, 4, 2 if projector != "mlp" else 1
        file, llava = File(name, "clip"), projector == "mlp"
        w = file.writer
        w.add_clip_has_vision_encoder(True), w.add_clip_projector_type(projector)
        w.add_vision_image_size(16), w.add_vision_patch_size(patch), w.add_vision_embedding_length(hidden)
        w.add_vision_feed_forward_length(0 if swapped else ff), w.add_vision_block_count(2), w.add_vision_head_count(heads)
        w.add_vision_projection_dim(projected), w.add_vision_attention_layernorm_eps(1e-6)
        w.add_vision_image_mean([0.5, 0.25, 0.125]), w.add_vision_image_std([0.5, 1.0, 2.0])
        if projector == "qwen2.5vl_merger":
            w.add_vision_use_silu(True), w.add_vision_n_wa_pattern(2)
        if llava:
            file.add("v.class_embd", draw(hidden), tower + "embeddings.class_embedding")
            file.add("v.position_embd.weight", draw(17, hidden), tower + "embeddings.position_embedding.weight", "F16")
            file.add("v.patch_embd.weight", draw(hidden, 3, patch, patch), tower + "embeddings.patch_embedding.weight", "F16")
            for kind in ("weight", "bias"):
                file.add(f"v.pre_ln.{kind}", draw(hidden), f"{tower}pre_layrnorm.{kind}")
        else:
            frames = [draw(hidden, 3, patch, patch).astype(np.float16) for _ in range(2)]
            for i, values in enumerate(frames):
                w.add_tensor("v.patch_embd.weight" + (".1" if i else ""), values)
            file.expected[tower + "patch_embed.proj.weight"] = np.stack(frames, axis=2)
            file.add("v.post_ln.weight", draw(hidden), tower + "merger.ln_q.weight")
        for i, theirs in enumerate(("mm.0", "mm.2")):
            ours = f"model.multi_modal_projector.linear_{i + 1}" if llava else f"{tower}merger.mlp.{2 * i}"
            inputs = projected if i else hidden * merge * merge
            file.add(theirs + ".weight", draw(projected, inputs), ours + ".weight", "F16")
            file.add(theirs + ".bias", draw(projected), ours + ".bias")
        if llava:
            file.add("model.image_newline", draw(projected), "model.image_newline")
        for layer in range(2):
            ours = f"{tower}{'encoder.layers' if llava else 'blocks'}.{layer}."
            for kind in ("weight", "bias"):
                qkv = []
                for part, (name_of, outputs, inputs) in layer_map(hidden, ff, gate).items():
                    theirs = part
                    if swapped and part.startswith("ffn_"):
                        theirs = {"ffn_up": "ffn_down", "ffn_down": "ffn_up"}[part]
                    shape = (outputs, inputs) if kind == "weight" and inputs else (outputs,)
                    joined = not llava and part in ("attn_q", "attn_k", "attn_v")
                    values = draw(*shape)
                    file.add(f"v.blk.{layer}.{theirs}.{kind}", values, None if joined else f"{ours}{name_of}.{kind}",
                             "F16" if len(shape) == 2 else "F32")  # fmt: skip
                    qkv += [values.astype(np.float16 if len(shape) == 2 else np.float32)] if joined else []
                if qkv:
                    file.expected[f"{ours}attn.qkv.{kind}"] = np.concatenate(qkv)
        file.close()

    def clip_layer(width, ff, _):
        attention = {f"attn_{k}": (f"self_attn.{k}_proj", width, width) for k in "qkv"}
        return attention | {"attn_out": ("self_attn.out_proj", width, width), "ln1": ("layer_norm1", width, 0),
                            "ln2": ("layer_norm2", width, 0), "ffn_up": ("mlp.fc1", ff, width),
                            "ffn_down": ("mlp.fc2", width, ff)}  # fmt: skip

    def qwen_layer(width, ff, gate):
        names = ("mlp.up_proj", "mlp.down_proj") if gate else ("mlp.fc1", "mlp.fc2")
        out = {f"attn_{k}": ("", width, width) for k in "qkv"}
        out |= {"attn_out": ("attn.proj", width, width), "ln1": ("norm1", width, 0), "ln2": ("norm2", width, 0),
                "ffn_up": (names[0], ff, width), "ffn_down": (names[1], width, ff)}  # fmt: skip
        return out | ({"ffn_gate": ("mlp.gate_proj", ff, width)} if gate else {})

    make_tower("mmproj-llava", "mlp", "model.vision_tower.", clip_layer, False, swapped=True)
    make_tower("mmproj-qwen2vl", "qwen2vl_merger", "model.visual.", qwen_layer, False)
    make_tower("mmproj-qwen2.5vl", "qwen2.5vl_merger", "model.visual.", qwen_layer, True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["torch", "gguf"])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    {"torch": make_torch, "gguf": make_gguf}[arguments.what](arguments.out)


if __name__ == "__main__":
    main()
