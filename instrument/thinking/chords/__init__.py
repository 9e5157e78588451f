"""Chords for a melody: half bars, experts and their product, decoded ahead or filtered as it is played. NumPy alone."""
