"""Constraints on bars: which tokens may follow so that every bar adds up, and held keys are kept to."""
