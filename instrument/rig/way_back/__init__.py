"""Undo, redo and replay in the main process: history of the controls, and the tunes that were played."""
