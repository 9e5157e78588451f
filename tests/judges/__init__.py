"""Judges: programs that others wrote, whose reading of the same music ours is held against."""
