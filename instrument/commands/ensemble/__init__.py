"""Ensemble on the command line: options of `play`."""
