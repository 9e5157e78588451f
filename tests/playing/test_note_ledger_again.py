"""The note ledger, proven on as many other evenings as `test_note_ledger` plays, by another worker."""

from __future__ import annotations

import pytest

from tests.fakes.evenings import play_evenings


@pytest.mark.computing
@pytest.mark.timeout(3600)  # thousands of evenings, on whatever machine
def test_whatever_else_happens_each_note_is_ended_once_where_it_sounded() -> None:
    play_evenings(2)
