"""Schedule: bars ahead, what is due, which keys sound, and the clock that goes out."""
