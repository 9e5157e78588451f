"""A remote control without sockets: what a page may ask of it, remembered."""

from __future__ import annotations

from typing import Any

from tests.fakes.puppet import Puppet


class FakeRemote:
    """What a visit asks for, without sockets."""

    def __init__(self, puppet: Puppet) -> None:
        from instrument.ports.web.page_state import PageState

        self.state, self.playing = PageState(), "first"
        self.change, self.act, self.get = puppet.change, puppet.done.append, puppet.get

    def patches(self) -> list[str]:
        return ["first"]

    def refused(self, changes: list[tuple[str, Any]]) -> dict[str, str]:
        return {}

    def without(self) -> dict[str, str]:
        return {}

    def refusal(self, changes: list[tuple[str, Any]]) -> str:
        return ""

    def recall(self, patch: str) -> None: ...

    def tunes(self) -> list[dict[str, Any]]:
        return []

    def again(self, number: int) -> None: ...
    def save(self, name: str) -> None: ...
    def open_setlist(self, name: str) -> None: ...
    def go(self, number: int) -> None: ...
    def take_tunes(self, text: str, *, name: str = "") -> None: ...
    def go_to_tune(self, number: int) -> None: ...

    def known_tunes(self) -> dict[str, Any]:
        return {"name": "", "at": 0, "tunes": []}

    def steps(self) -> dict[str, Any]:
        return {"name": "", "at": 0, "steps": []}

    saved = 0
