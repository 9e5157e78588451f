"""Sounds as data: the timbres of the built-in synth, the rings of what is plucked or struck, compasses."""
