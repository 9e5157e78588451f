"""Microphone on the command line: options of `play`, and what `doctor --mic` measures."""
