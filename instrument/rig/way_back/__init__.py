"""The way back in the main process: history of the controls, tunes played, what undo, redo and tune/back ask for."""
