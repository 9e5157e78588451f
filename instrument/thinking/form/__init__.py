"""The form of a tune: plans drawn from the books' own, and what they say of the next token. No torch."""
