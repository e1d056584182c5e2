#!/usr/bin/env python3
import sys
from demo.cli import main

sys.exit(main())
