"""Likelihoods beside published figures, on the split and by the protocol that these are of."""
