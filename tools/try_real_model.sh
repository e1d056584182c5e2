#!/usr/bin/env bash
# Asks real models about the shipped clips and compares every id with transformers: see usage().
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

usage() {
  cat <<'HELP'
tools/try_real_model.sh [--model ID,...] [--dir DIR] [--cli FILE] [--questions N] [--tokens N] [--dtype TYPE]

  --model ID,...  models of the hub, by their names there; default: all that Sparsight recommends
  --dir DIR       where PyTorch and transformers are installed (6 GB), and used again the next time; by default they are
                  in a temporary folder, which is removed at the end
  --cli FILE      the sparsight-cli to try; default: build/release/sparsight-cli, built first
  --questions N   questions for each model; default 10
  --tokens N      the longest answer, in tokens; default 24
  --dtype TYPE    what transformers computes in: float32, as Sparsight does, or bfloat16 in half the memory, whose
                  answers may differ because they are rounded; default float32

  tools/try_real_model.sh --model HuggingFaceTB/SmolVLM2-500M-Video-Instruct --dir ~/.cache/sparsight-peers

Downloads each model with `sparsight-cli models pull` into Hugging Face's cache, where it stays, without asking: the
licences are those that `sparsight-cli models list --recommended` names. Asks ten questions about the shipped clips, one
after the other in Sparsight and in transformers, with the same frames, always taking the likeliest token. Prints a
table: of how many questions the ids of the prompt and those of the answer are the same, and how many seconds both took.
The original Video-LLaVA, which transformers does not have, is computed by its published layers, written anew in PyTorch.

Needs the internet (huggingface.co or what HF_ENDPOINT names, PyPI), Python 3 with venv, and for the small models (SmolVLM2)
8 GB of disk and memory and some minutes. A model of 7 billion parameters needs 14 GB of disk, 28 GB of memory (as
bfloat16 14 GB), and on two cores an hour. Exit status: 0 if all prompts and answers are the same, 1 if some differ.
HELP
}

dir='' cli='' arguments=()
while (($# > 0)); do
  case $1 in
  -h | --help) usage && exit ;;
  --dir) dir=${2:?--dir wants a folder} && shift 2 ;;
  --cli) cli=${2:?--cli wants a file} && shift 2 ;;
  --model | --questions | --tokens | --dtype) arguments+=("$1" "${2:?$1 needs a value}") && shift 2 ;;
  *) die "$1: unknown option; --help lists them" ;;
  esac
done

if [[ -z $cli ]]; then
  install_packages build
  build release --target sparsight-cli
  cli=$root/build/release/sparsight-cli
fi
cli=$(realpath "$cli")
if [[ -z $dir ]]; then
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
if [[ ! -e $dir/venv.done ]]; then
  say "Installing PyTorch and transformers (log: $dir/venv.log)"
  {
    python3 -m venv "$dir/venv" &&
      "$dir/venv/bin/pip" install --no-cache-dir torch torchvision transformers sentencepiece protobuf pillow av num2words
  } >"$dir/venv.log" 2>&1 || { tail -n 30 "$dir/venv.log" >&2 && die "PyTorch and transformers cannot be installed"; }
  touch "$dir/venv.done"
fi
"$dir/venv/bin/python" "$root/tools/try_real_model.py" --cli "$cli" --clips "$root/resources/clips" "${arguments[@]}"
