"""Play modes: what keys do. Answer a phrase, tap a rhythm, hold notes, play freely."""
