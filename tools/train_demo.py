#!/usr/bin/env python3
"""Trains the demo model; see `train_demo.py --help`.  Needs torch, numpy, Pillow, sentencepiece, safetensors, ffmpeg."""

import sys

from demo.cli import main

sys.exit(main())
