"""Chord models: Nottingham's tunes read, experts fitted, evaluated, and shown."""
