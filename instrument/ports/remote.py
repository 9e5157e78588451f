"""Remote control: OSC, the page and OSCQuery as one object, by which people and programs reach the instrument.

It holds the OSC server, the page with OSCQuery, and the announcement of both; it is fed with what passes through the
conductor, and calls back what is asked for. Sockets are opened at once, so that a taken port is said before the music
starts; the page's library is loaded only when the player has opened its ports, so that the first note does not wait.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from instrument.controls.control import Value
from instrument.controls.explanations import ThinkerFigures, Thought, Why, WrittenTokens
from instrument.controls.table import CONTROLS
from instrument.files.patch import Patch, PatchError, source_of
from instrument.files.patch_text import DONE
from instrument.files.repertoire import repertoire_of
from instrument.files.setlist_steps import SetlistSteps
from instrument.music.chord import PlacedChord
from instrument.music.events import Span
from instrument.playing.messages import Act, Announced, Change, PortsOpened, Sounding, Status
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock import SystemClock
from instrument.ports.network.addresses import is_open, open_page_socket, our_addresses, our_names
from instrument.ports.network.advert import Advert
from instrument.ports.network.allowed import Allowed
from instrument.ports.network.note_router import NoteRouter
from instrument.ports.network.pairing import Pairing, new_code
from instrument.ports.osc.chord_news import tell_chords
from instrument.ports.osc.server import OscServer
from instrument.ports.patch_remote import PatchRemote, left_out, partly
from instrument.ports.patch_saver import PatchSaver
from instrument.ports.remote_setup import RemoteHost, RemoteSetup
from instrument.ports.tap_tempo_action import TapTempoAction
from instrument.ports.tempo_display import TempoDisplay
from instrument.ports.tunebook_keeper import TunebookKeeper
from instrument.ports.web.page_state import PageState
from instrument.ports.web.qr_code import PageLink

ANYWHERE = ("0.0.0.0", "::")  #: every address of ours


class Remote(PatchRemote):
    """Open from construction on, at work from `start()` on, until `close()`."""

    def __init__(
        self, setup: RemoteSetup, performance: RemoteHost, patch: str, say: Callable[[str], None] = lambda line: None,
        started: Patch | None = None,
    ) -> None:  # fmt: skip
        """patch: the name of what plays; started: what it was started with, to say what another cannot bring

        Raises OscPortError, PagePortError, ValueError: one line, before it starts.
        """
        self._started, self._without = started, dict[str, str]()
        self.setup, self.playing, self._performance = setup, patch, performance
        self.state = PageState()
        self.change, self.get, self.act = performance.change, performance.get, performance.act
        self.say = say
        self._allowed = Allowed(setup.allow)
        self.pairing = Pairing(self._allowed, new_code() if setup.pairing and setup.open else None)
        self.osc = OscServer(
            setup.osc_host, setup.osc_port, self.change, self.act, self.get, self._allowed, load=self.load,
            pairing=self.pairing, say=say,
        )  # fmt: skip
        self.osc.later.on = setup.time_tags
        self.refused = self.osc.refused = performance.refused
        self.notes = NoteRouter(performance.play_note, performance.tell_notes)
        self.osc.notes.play, self.osc.notes.refresh = performance.play_note, self.notes.refresh
        self.notes.subscribed, self.notes.publish = lambda: self.osc.notes.subscribed, self.osc.notes.publish
        self.notes.pages_sound = lambda: self.get("page.sound") is True
        try:
            self._socket = open_page_socket(setup.page_host, setup.page_port)
        except OSError:
            self.osc.close()
            raise
        self.link = PageLink(lambda: self.page_address, self.pairing, setup.qr)
        self.keeper = TunebookKeeper(setup.tunebook, patch, setup.model, self._tell)
        self._base, self._publish_readings = started, performance.publish
        self.known = performance.repertoire
        self.saver = PatchSaver(setup.patches, lambda: performance.snapshot, self.keeper.do, self._tell)
        self.setlist = SetlistSteps(self.step, self._tell, self._publish, setup.patches)
        self.osc.named |= {
            "/lilt/patch/save": (self.save, "/lilt/patch/saved"),
            "/lilt/setlist/load": (self._load_setlist, "/lilt/setlist/loaded"),
            "/lilt/repertoire/load": (self.open_tunes, "/lilt/repertoire/loaded"),
            "/lilt/repertoire/abc": (self.take_tunes, "/lilt/repertoire/loaded"),
        }
        self._chord: PlacedChord | None = None  # told last
        self._web: Any = None
        self._advert: Advert | None = None
        self._opening = threading.Lock()
        self._closed = False
        for kind, receiver in (
            (Change, lambda _: self.turned()),
            (Change, lambda _: self.notes.refresh()),
            (Status, lambda _: self.turned()),
            (Status, lambda _: self.notes.refresh()),
            (Sounding, self.notes.sounding),
            (ThinkerFigures, lambda _: self.turned()),
            (Span, self._planned),
            (Announced, self._announced),
            (Thought, self._thought),
            (Why, self._why),
            (PortsOpened, lambda _: self._open_page()),
            (ReceivedMidi, lambda _: self.turned()),
            (Act, self.link.act),
            (Act, TapTempoAction(performance, SystemClock()).act),
            (Status, TempoDisplay(performance).hear),
            (WrittenTokens, lambda written: self.keeper.composed(written.tune, written.tokens)),
        ):
            performance.listen(kind, receiver)

    # where it is

    @property
    def page_address(self) -> tuple[str, int]:
        """(host, port) that the page is served on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def line(self) -> str:
        """One line for people: where to steer it."""
        host, port = self.page_address
        pages = [f"http://{name}:{port}/" for name in self._reached_by(host)]
        osc_host, osc_port = self.osc.address
        doors = " or ".join(f"{name}:{osc_port}" for name in self._reached_by(osc_host))
        line = f"steer it at {' or '.join(pages)} (the band reads at {pages[-1]}band), "
        line += f"or by OSC at {doors} (/lilt/list says what there is)"
        return line + (f"; from elsewhere with the code {self.pairing.code}" if self.pairing.code else "")

    def _reached_by(self, host: str) -> list[str]:
        if host in ANYWHERE:
            return [f"[{a}]" if ":" in a else a for a in ["127.0.0.1", *our_addresses()]]
        return [f"[{host}]" if ":" in host else host]

    # with the performance

    def start(self) -> None:
        """Answer OSC. The page comes when the player has opened its ports."""
        self.keeper.start()
        if self.setup.setlist is not None:
            self.setlist.begin(self.setup.setlist, 1)
        self.osc.start()

    def close(self) -> None:
        """Close everything. blocks: a few seconds at most."""
        with self._opening:
            self._closed = True
        if self._advert:
            self._advert.close()
        if self._web:
            self._web.close()
        self._socket.close()
        self.osc.close()
        self.keeper.close()

    def turned(self) -> None:
        """Something has been turned or read anew. thread: any. Never blocks."""
        self.osc.turned()
        if self._web:
            self._web.turned()

    def _open_page(self) -> None:
        threading.Thread(target=self._serve, name="page", daemon=True).start()

    def _serve(self) -> None:
        try:
            self._serve_page()
        except ImportError as error:
            self.say(f"no page: the package {error.name} is missing; run: lilt doctor")

    def _serve_page(self) -> None:
        from instrument.ports.web.band_reading import reading_of
        from instrument.ports.web.band_visit import BandVisit, Scores
        from instrument.ports.web.host_check import Names
        from instrument.ports.web.oscquery import host_info
        from instrument.ports.web.page_keys import play_along
        from instrument.ports.web.page_session import PageSession
        from instrument.ports.web.server import WebServer

        scores: Scores = {}
        others = our_names() if is_open(self.setup.page_host) else []
        with self._opening:
            if self._closed or self._web:
                return
            host, port = self.page_address
            osc_host, osc_port = self.osc.address

            def info(arrived: str) -> dict[str, Any]:
                """Both by the address that a client has found us at, where they listen on all."""
                at = [arrived if given in ANYWHERE else given for given in (osc_host, host)]
                return host_info((at[0], osc_port), (at[1], port))

            names = Names(port, others)
            self._web = WebServer(
                self._socket, names, self._allowed, self.get, info, lambda: PageSession(self), self.osc.take_frame,
                self.pairing, self.link.svg, lambda query: BandVisit(self.state, self.get, reading_of(query), scores),
                lambda page: play_along(page, self.notes, lambda at: self.act("clock.tap", at), SystemClock().now),
            )  # fmt: skip
            self._web.start()
            self.link.begin()
            if self.setup.announce:
                advert = Advert((host, port), self.osc.address, our_addresses(), self._tell)
                advert.start()
                self._advert = advert

    # from the conductor

    def _planned(self, span: Span) -> None:
        self.state.planned(span)
        self.keeper.composed(span.tune, span.of_set.base or span.written)
        self.turned()

    def _announced(self, announced: Announced) -> None:
        self.state.announced(announced.span)
        self._chord = tell_chords(announced.span, self._chord, self.osc.turned)
        self.keeper.sounding(announced.span, self._performance.snapshot)
        self.turned()

    def _thought(self, thought: Thought) -> None:
        self.state.thought(thought)
        self.turned()

    def _why(self, why: Why) -> None:
        self.state.why(why)
        self.turned()

    def _tell(self, line: str) -> None:
        """One line of our own, and the pages may look for what it is about."""
        self.say(line)
        self.turned()

    def showing(self, show: Callable[[str], None]) -> Callable[[str], None]:
        """`show`, which shows a line to people, and every page beside it. thread: any."""
        self.link.show = show

        def both(line: str) -> None:
            show(line)
            self.state.said(line)
            self.turned()

        return both

    # for the pages

    def without(self) -> dict[str, str]:
        """By the name of a patch, what of it does not come while this goes on. Reads the files once."""
        if self._started is not None and not self._without:
            for name in self.patches():
                with suppress(PatchError):
                    if rest := left_out(self._started, source_of(name, self.setup.patches)):
                        self._without[name] = partly(name, rest)
        return self._without

    def load(self, patch: str) -> None:
        """As `recall`, for who writes names by hand. Raises ValueError, one line, if there is no such patch."""
        if patch not in (known := self.patches()):
            raise ValueError(f'there is no patch "{patch[:80]}"; there is {", ".join(known)}')
        self.recall(patch)

    def again(self, number: int) -> None:
        """Turn every control as it stood when that tune was kept: the set that it came from begins again. It is read
        where the disk may be waited for."""

        def have() -> None:
            kept = self.keeper.entry(number)
            legal = {name: CONTROLS[name].clip(value)[0] for name, value in kept.controls.items() if name in CONTROLS}
            values = {**legal, "tune.seed": kept.seed}
            if kept.controls.get("tune.known"):
                self.known.begin(repertoire_of(kept.abc, kept.title), self._lasting({**values, "repertoire.go": 1}))
            else:
                self._turn_all(values)

        self._have_tunes(have, f"tune {number}")

    def _turn_all(self, values: dict[str, Value]) -> None:
        self.change(list(self._lasting(values).items()))

    def _lasting(self, values: dict[str, Value]) -> dict[str, Value]:
        if not values.get("tune.seed"):
            values["tune.seed"] = secrets.randbelow(2**31 - 1) + 1
        return {n: value for n, value in values.items() if not CONTROLS[n].momentary and n not in DONE}
