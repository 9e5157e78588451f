"""Time: the clock, following MIDI clock, Link and JACK, tap tempo, lateness."""
