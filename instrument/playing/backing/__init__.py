"""Backing while it is played: keys that name the chord, and strokes laid by the player under them. No time, no devices."""
