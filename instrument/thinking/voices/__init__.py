"""Chorale voices: harmony chosen by a product of experts, ahead of a tune or under live keys."""
