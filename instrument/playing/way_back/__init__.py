"""Undo, replay and loops in the player."""
