"""Registry of the experts on chords, in the order in which they are told. To add one: a file, a line here, and a row in
`instrument.controls.chord_controls`."""

from __future__ import annotations

from instrument.thinking.chords.experts.bass import Bass
from instrument.thinking.chords.experts.cadence import Cadence
from instrument.thinking.chords.experts.change import Change
from instrument.thinking.chords.experts.expert import Expert
from instrument.thinking.chords.experts.grammar import Grammar
from instrument.thinking.chords.experts.last_time import LastTime
from instrument.thinking.chords.experts.melody import Melody

EXPERTS: tuple[type[Expert], ...] = (Melody, Grammar, Bass, Cadence, Change, LastTime)
