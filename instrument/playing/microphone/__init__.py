"""Microphone in time: notes made of pitch and level, moment by moment, and our own playing told from the performer's."""
