"""Token tree: tuples of tokens drawn from their joint distribution, states cached by path."""
