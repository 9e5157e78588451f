"""Model at work: which one, its memory of states, settings of a tune, what a vocabulary lacks."""
