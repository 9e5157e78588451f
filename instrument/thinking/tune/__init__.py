"""Tune writer: a tune composed token by token, phrases weighed, load shed when time grows short."""
