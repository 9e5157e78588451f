"""Experts on chords, one a file: each says what it finds likely, and knows nothing of the others."""
