"""MIDI controllers that turn controls: knobs, faders and pads, and how each is learned from its gestures."""
