"""The note ledger, proven: whatever happens of an evening, each sounded note is ended once, where it sounded.

The whole player in virtual time, up to the receivers at the far ends of its ports: spans, rewinds, controls, ways of
playing, clocks that jump, stall and stop, count-ins, clicks and opening chords, an armed start, an accompanist that
comes and goes, two keyboards with pedals, bends and pads that are learned while they are held, cables that are pulled
at either end, panics, changes that are undone, made again and lent, loops and tunes that are played again, and faults
in the middle of a turn.
What is proven: on every wire a key is struck only while it is up and ended only while it is down; nothing is sent to a
cable that is pulled; no note is struck too late; no note sounds on beyond its end; when the keyboards are gone no pedal
is down, no bend and no pressure is left, and when it is over, all is quiet.

    LILT_EXAMPLES=1000000 python -m pytest tests/playing/test_note_ledger*.py      a million evenings instead of 10,000
"""

from __future__ import annotations

import pytest

from tests.fakes.evenings import play_evenings


@pytest.mark.computing
@pytest.mark.timeout(3600)  # thousands of evenings, on whatever machine
def test_whatever_happens_each_note_is_ended_once_where_it_sounded() -> None:
    play_evenings(1)
