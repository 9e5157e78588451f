"""Ensemble in a performance: what this Lilt hears of the others and tells them."""
