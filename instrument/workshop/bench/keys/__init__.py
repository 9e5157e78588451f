"""Benchmarks of keys: how soon after a key of a rig that plays its notes leave."""
