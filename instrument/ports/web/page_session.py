"""Page session: what one open page has been told, and what it asks for. JSON in, JSON out; no network, no time.

To the page, first everything, then only what is new:
    {"hello": {...}}                the tables of controls, readings and actions, patches, the patch that plays
    {"values": {name: value}}       of controls and readings, that changed
    {"spans", "starts", "reasons", "lines"}   as in `instrument.ports.web.page_state`
    {"tunes": [...]}, {"playing": name}   the tunes that were kept; another patch
    {"repertoire": {"name", "at", "tunes"}}   the known tunes and which of them plays
    {"setlist": {"name", "at", "steps"}}, {"patches": [...]}   the set list and where it is; patches, when one was saved
From the page, each alone or together:
    {"set": {name: value}}          controls, turned together; numbers out of range are clipped
    {"do": action}, {"patch": name}, {"again": number}   fire an action; play a patch; play a kept tune's settings again
    {"save": name}, {"setlist": name}, {"step": number}   save as it stands; open a set list; go to a step of it
    {"abc": text, "name": name}, {"tune": number}   play known tunes, from a text in ABC; go to one of them
    {"n": number}                   answered with {"done": number} when all beside it is done or refused
    {"ping": 1}                     answered with {"pong": 1}: whether anybody is there
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.readings import READINGS
from instrument.controls.table import ACTIONS, CONTROLS, GROUPS
from instrument.controls.text_kinds import KEYS
from instrument.ports.web.page_state import PageState
from instrument.ports.web.qr_code import PageLink

MOST = 256  #: controls in one message


class PageHost(Protocol):
    """What a page may do."""

    state: PageState
    link: PageLink

    def change(self, changes: list[tuple[str, Value]]) -> None: ...
    def refused(self, changes: list[tuple[str, Value]]) -> dict[str, str]: ...
    def act(self, name: str) -> None: ...
    def get(self, name: str) -> Value: ...
    def patches(self) -> list[str]: ...
    def without(self) -> dict[str, str]: ...
    def recall(self, patch: str) -> None: ...
    def tunes(self) -> list[dict[str, Any]]: ...
    def again(self, number: int) -> None: ...
    def save(self, name: str) -> None: ...
    def open_setlist(self, name: str) -> None: ...
    def steps(self) -> dict[str, Any]: ...
    def go(self, number: int) -> None: ...
    def known_tunes(self) -> dict[str, Any]: ...
    def take_tunes(self, text: str, *, name: str = "") -> None: ...
    def go_to_tune(self, number: int) -> None: ...
    @property
    def playing(self) -> str: ...
    @property
    def saved(self) -> int: ...


class PageSession:
    """Session of one open page. thread: the server's."""

    def __init__(self, host: PageHost) -> None:
        self._host = host
        self._revision = -1
        self._known: dict[str, Value] = {}
        self._tunes: list[dict[str, Any]] | None = None
        self._playing = host.playing
        self._steps: dict[str, Any] = {}
        self._known_tunes: dict[str, Any] = {}
        self._saved = host.saved
        self._holds: set[str] = set()  # controls that are on only while this page holds them

    def gone(self) -> None:
        """The page is closed, or out of reach: what it held is let go."""
        if self._holds:
            self._host.change([(name, False) for name in sorted(self._holds)])
            self._holds.clear()

    def turned(self) -> dict[str, Any]:
        """The controls that this page does not know yet; the first time all, and what there is."""
        news: dict[str, Any] = {} if self._known else {"hello": hello(self._host)}
        if changed := self._changed(CONTROLS):
            news["values"] = changed
        return news

    def news(self) -> dict[str, Any]:
        """What else this page does not know yet."""
        host, news = self._host, dict[str, Any]()
        if changed := self._changed(READINGS):
            news["values"] = changed
        self._revision, music = host.state.since(self._revision)
        if host.playing != self._playing:
            self._playing = news["playing"] = host.playing
        if (tunes := host.tunes()) != self._tunes:
            self._tunes = news["tunes"] = tunes
        if (steps := host.steps()) != self._steps:
            self._steps = news["setlist"] = steps
        if (known := host.known_tunes()) != self._known_tunes:
            self._known_tunes = news["repertoire"] = known
        if host.saved != self._saved:
            self._saved, news["patches"] = host.saved, host.patches()
        return news | dict(music)

    def _changed(self, names: Iterable[str]) -> dict[str, Value]:
        values = {name: self._host.get(name) for name in names}
        changed = {name: value for name, value in values.items() if self._known.get(name) != value}
        self._known |= values
        return changed

    def hear(self, message: object) -> dict[str, Any]:
        """Obey. Raises ValueError, one line, for what makes no sense; then nothing of it has been done."""
        if not isinstance(message, dict):
            raise ValueError("a message is an object")
        said: list[str] = []
        changes = self._changes(message.get("set", {}), said)
        if bad := self._host.refused(changes):
            for name, _ in changes:
                self._known.pop(name, None)  # the page shows what it asked for: it is told how things stand
            raise ValueError(next(iter(bad.values())))
        action, patch, number = message.get("do"), message.get("patch"), message.get("again")
        if action is not None and not (isinstance(action, str) and action in ACTIONS):
            raise ValueError(f"there is no action {str(action)[:80]!r}")
        if patch is not None and patch not in self._host.patches():
            raise ValueError(f"there is no patch {str(patch)[:80]!r}")
        if number is not None and not (type(number) is int and 1 <= number <= len(self._host.tunes())):
            raise ValueError(f"there is no kept tune {str(number)[:80]!r}")
        self._named(message)
        if patch is not None:
            self._host.recall(patch)
        if number is not None:
            self._host.again(number)
        if changes:
            self._host.change(changes)
            for name, value in changes:
                if CONTROLS[name].momentary:
                    self._holds = self._holds | {name} if value else self._holds - {name}
            self._known |= dict(changes)  # the page knows what it set; a clipped number is told
        if action is not None:
            self._host.act(action)
        answer: dict[str, Any] = {"clipped": said} if said else {}
        return answer | done(message) | ({"pong": 1} if "ping" in message else {})

    def _named(self, message: dict[str, Any]) -> None:
        """Saving, and the set list. Raises ValueError for what cannot be."""
        step = message.get("step")
        if step is not None and not (type(step) is int and 1 <= step <= len(self._host.steps()["steps"])):
            raise ValueError(f"the set list has no step {str(step)[:80]!r}")
        for name, done in (("save", self._host.save), ("setlist", self._host.open_setlist)):
            given = message.get(name)
            if given is not None:
                if not isinstance(given, str):
                    raise ValueError(f"{name} takes a name")
                done(given[:200])
        if step is not None:
            self._host.go(step)
        abc, name, tune = message.get("abc"), message.get("name", ""), message.get("tune")
        if tune is not None and not (type(tune) is int and 1 <= tune <= len(self._host.known_tunes()["tunes"])):
            raise ValueError(f"the repertoire has no tune {str(tune)[:80]!r}")
        if abc is not None:
            if not isinstance(abc, str) or not isinstance(name, str):
                raise ValueError("abc takes a text")
            self._host.take_tunes(abc, name=name[:200])
        if tune is not None:
            self._host.go_to_tune(tune)

    def _changes(self, asked: object, said: list[str]) -> list[tuple[str, Value]]:
        if not isinstance(asked, dict) or len(asked) > MOST:
            raise ValueError(f"set takes an object of at most {MOST} controls")
        changes = []
        for name, value in asked.items():
            if name not in CONTROLS:
                raise ValueError(f"there is no control {str(name)[:80]!r}")
            legal, line = CONTROLS[name].clip(value)
            changes.append((name, legal))
            said += [line] if line else []
        return changes


def done(message: object) -> dict[str, Any]:
    """What says to a page that a message of its has been taken, whether it was obeyed or not."""
    number = message.get("n") if isinstance(message, dict) else None
    return {"done": number} if type(number) is int else {}


def hello(host: PageHost) -> dict[str, Any]:
    """What there is to turn, to read and to fire."""
    return {
        "controls": [
            {
                "name": c.name, "kind": c.kind, "help": c.help, "low": c.low, "high": c.high, "unit": c.unit,
                "curve": c.curve, "cc": c.cc, "default": c.default, "address": c.address,
                "momentary": c.momentary, "group": c.group, "heading": GROUPS[c.group],
                "choices": [str(key) for key in KEYS] if c.kind == "key" else list(c.choices),
            }
            for c in CONTROLS.values()
        ],
        "readings": [
            {"name": r.name, "help": r.help, "unit": r.unit, "address": r.address} for r in READINGS.values()
        ],
        "actions": [{"name": a.name, "help": a.help, "address": a.address} for a in ACTIONS.values()],
        "patches": host.patches(), "playing": host.playing, "without": host.without(),
        "phone": host.link.told(),
    }  # fmt: skip
