"""Experts on chorale voices: what each hears, their product, a step of it in NumPy."""
