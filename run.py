#!/usr/bin/env python3
"""Lilt from a checkout: `python run.py` plays; `python run.py --help` says what else there is."""

import sys

from instrument.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
