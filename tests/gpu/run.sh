#!/usr/bin/env bash
# Tests and measures Sparsight on this machine's GPU, within six minutes: results/results.json and results/log.txt.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" || exit 1
small=${1-}
mkdir -p results
export SPARSIGHT_RESOURCES=$PWD SPARSIGHT_STRATEGIES=$PWD/golden/strategies
export SPARSIGHT_GOLDEN_SPARSE=$PWD/golden/sparsevlm
{
  echo "== the GPU"
  nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv 2>&1
  echo "== tests"
  timeout 100 ./sparsight_gpu_tests '[gpu],[golden-strategies],[golden-sparse]~[formats]' 2>&1
  tests=$?
  echo "tests end with $tests"
  if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck racecheck; do
      echo "== compute-sanitizer $tool"
      timeout 60 compute-sanitizer --tool "$tool" --error-exitcode 9 ./sparsight_gpu_tests 'CUDA: attention*' 2>&1 | tail -n 30
    done
  fi
  echo "== bench"
} >results/log.txt
timeout 150 ./sparsight_gpu_bench ${small:+"$small"} >results/bench.json 2>>results/log.txt
if python3 -c 'import torch, transformers' 2>/dev/null; then
  timeout 60 python3 peer.py >results/peer.json 2>>results/log.txt
fi
passed=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' results/log.txt | tail -n 1)
python3 - "$passed" >results/results.json <<'PY'
import json, sys
def read(name):
    try:
        with open("results/" + name) as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        return {"error": str(error)}
print(json.dumps({"tests": sys.argv[1], "bench": read("bench.json"), "transformers": read("peer.json")}, indent=2))
PY
echo "results/results.json, results/log.txt: ${passed:-no sum of the tests}"
