"""Ensemble over a network: packets of OSC, and the sockets that carry them."""
