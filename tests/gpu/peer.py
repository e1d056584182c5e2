"""The same shapes as sparsight_gpu_bench through transformers (SDPA) on the GPU: one JSON object."""
import json
import statistics
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

LAYERS, TOKENS, REPEAT, NEW = 8, 2100, 5, 16


def seconds(work):
    torch.cuda.synchronize()
    begin = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - begin


def main():
    config = LlamaConfig(hidden_size=4096, intermediate_size=11008, num_hidden_layers=LAYERS, num_attention_heads=32,
                         vocab_size=32000, max_position_embeddings=4096)
    with torch.device("cuda"):
        model = LlamaForCausalLM._from_config(config, attn_implementation="sdpa", torch_dtype=torch.bfloat16).eval()
    embeddings = torch.randn(1, TOKENS, 4096, device="cuda", dtype=torch.bfloat16)
    out = {"torch": torch.__version__, "device": torch.cuda.get_device_name(), "layers": LAYERS, "tokens": TOKENS}
    with torch.inference_mode():
        def prefill():
            return model(inputs_embeds=embeddings, use_cache=True, logits_to_keep=1)
        prefill()
        out["prefill_ms"] = statistics.median(seconds(prefill) for _ in range(REPEAT)) * 1e3

        def generate():
            cache, token = prefill().past_key_values, torch.zeros(1, 1, dtype=torch.long, device="cuda")
            torch.cuda.synchronize()
            begin = time.perf_counter()
            for _ in range(NEW):
                token = model(input_ids=token, past_key_values=cache, use_cache=True).logits[:, -1:].argmax(-1)
            torch.cuda.synchronize()
            return (time.perf_counter() - begin) / NEW
        generate()
        out["token_ms"] = statistics.median(generate() for _ in range(REPEAT)) * 1e3
    print(json.dumps(out, indent=2))


main()
