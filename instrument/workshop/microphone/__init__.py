"""Microphone measured: melodies rendered by FluidSynth, noise and our own playing added, notes heard counted."""
