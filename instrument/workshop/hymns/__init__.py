"""Training of the voices on hymns by others than Bach: a folder of ABC, a split by tune, a second set of weights."""
