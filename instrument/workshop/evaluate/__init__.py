"""Evaluation of models: likelihood, form as played, part-writing, baselines."""
