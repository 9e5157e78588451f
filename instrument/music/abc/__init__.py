"""ABC notation, read as abc2midi reads it."""
