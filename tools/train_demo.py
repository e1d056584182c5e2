#!/usr/bin/env python3
"""Trains the demo model; see `train_demo.py --help`.  Needs torch, numpy, Pillow, sentencepiece, safetensors, ffmpeg."""

import sys

try:
    from demo.cli import main
except ModuleNotFoundError as missing:
    sys.exit(f"train_demo.py: {missing}. It needs: pip install torch numpy Pillow sentencepiece safetensors")

sys.exit(main())
