"""Backing while it is played: keys that name the chord, strokes laid under them, what others play. No devices."""
