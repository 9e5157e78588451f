"""Beginnings: count-in, click, opening chord, and standing ready for the next bar line."""
