"""Offline: corpora, training, evaluation, benchmarks. Nothing here runs while the music plays."""
