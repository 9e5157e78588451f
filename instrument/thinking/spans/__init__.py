"""Spans: bars planned for the player, keys of a set, rests and voices laid out."""
