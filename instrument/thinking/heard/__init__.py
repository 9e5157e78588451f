"""Heard bars: a leader's announced bars taken as the tune to which voices and backing are laid."""
