"""The only modules that touch devices, sockets and recordings: MIDI, OSC, audio, files."""
