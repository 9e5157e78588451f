"""Tune books: read, checked, split into sides, and numbered as tokens."""
