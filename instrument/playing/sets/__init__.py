"""Sets: what the leader calls, the fade, the end of a set, and what is told of it."""
