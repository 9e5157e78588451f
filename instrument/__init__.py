"""Lilt: a live instrument that composes folk tunes ahead of the beat and plays them."""

__version__ = "0.1.0"
