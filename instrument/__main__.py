"""Lilt as a module: `python -m instrument` is the command `lilt`."""

import sys

from instrument.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
