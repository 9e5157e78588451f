"""Sounds as data: the timbres of the built-in synth, and the rings of what is plucked or struck."""
