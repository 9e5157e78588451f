"""JACK: one client for MIDI, sound and transport."""
