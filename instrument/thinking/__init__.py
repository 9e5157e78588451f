"""Composing ahead. Torch is imported only where a model is stepped."""
