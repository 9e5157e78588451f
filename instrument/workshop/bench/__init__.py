"""Benchmarks: each a ratio or a time measured in one run."""
