"""Benchmarks of playing over a network: keys of pages, notes over OSC."""
