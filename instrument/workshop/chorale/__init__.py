"""Training of the experts: chorales, split, batches, trainer."""
