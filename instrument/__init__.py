"""Lilt: a live instrument that composes folk tunes ahead of the beat and plays them."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before anything that an older one cannot read
    sys.exit(f"lilt: this is Python {sys.version.split()[0]}; use 3.11 or 3.12, as .venv/bin/python does")

__version__ = "0.1.0"
