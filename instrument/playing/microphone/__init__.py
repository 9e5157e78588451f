"""Microphone in time: notes made of pitch and level, and our own playing told from the performer's."""
