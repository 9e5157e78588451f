"""Microphone: sound in by JACK or PortAudio, and the process that makes notes of it."""
