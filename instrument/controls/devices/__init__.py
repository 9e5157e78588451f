"""Devices of a rig as values: which outputs a voice sounds on, and which microphone is heard."""
