"""Offline work: corpora, training, evaluation, studies, benchmarks. Nothing here runs while music plays."""
