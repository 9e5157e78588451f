"""Calls of the leader: actions that turn a control, and pressed again turn it back. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot

CALLS = {"set.last": "last", "set.next": "next"}  #: what of `set.then` each action calls


def calling(snapshot: Snapshot, action: str) -> Snapshot | None:
    """The controls after the action; None for one that calls nothing."""
    said = CALLS.get(action)
    if said is None:
        return None
    return snapshot.with_value("set.then", "as planned" if snapshot.values["set.then"] == said else said)


def uncalled(values: Mapping[str, Value], said: str) -> str:
    """Why nothing of `set.then` can be called as things stand, in one line, or "". said: what is called. Pure."""
    if said == "as planned" or values["play.way"] != "answer":
        return ""
    return f"set.{said}: while your phrases are answered they say what comes; set/last and set/next are of a tune"
