"""Voices that are laid under a melody while it is played: chorale voices, pedals, rubato."""
