"""Known tunes as they are written: a writer that adds nothing, their keys, their chords. No torch."""
