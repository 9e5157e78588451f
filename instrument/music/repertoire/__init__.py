"""Repertoire: tunes that somebody knows and wrote down, read from ABC, to be played as they are written."""
