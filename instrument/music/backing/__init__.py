"""Backing: a chord, a bar and a pattern of the dance as the notes of guitar, piano, bass, bodhran and pads. Pure."""
