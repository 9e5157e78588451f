"""MIDI messages as values: what came in, what goes out, pedals and bends, machine control."""
