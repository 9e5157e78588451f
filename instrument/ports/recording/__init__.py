"""Recordings that can be opened at every moment of their growing: WAV, MIDI, Standard MIDI Files."""
