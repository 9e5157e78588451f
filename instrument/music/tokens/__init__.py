"""Tokens of folk-rnn: a tune as words of a fixed vocabulary, written and read."""
