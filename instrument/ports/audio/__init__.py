"""Sound cards and SoundFonts."""
