"""Loading the folk model and handing the planner its writers: the only place that joins the two.

The writer of the tune under way is kept, and one memory serves all; guards are kept for each meter. What of the
settings is in force is for load shedding to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from instrument.controls.snapshot import Snapshot
from instrument.music.plan import Plan
from instrument.music.sounds.compass import Compass
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.decode import GrowingTune
from instrument.networks.folk.device import device_named
from instrument.networks.folk.novelty import NoteIndex
from instrument.networks.folk.weights import SHIPPED, load
from instrument.networks.weight_files import stem_of
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.drawing import FormRequest, answering, draw_plan, rest_of_part
from instrument.thinking.known.as_written import AsWritten
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.newest import newest
from instrument.thinking.model.settings import TuneSettings, fitting, wish_of
from instrument.thinking.model.vocabulary_fit import VocabularyFit
from instrument.thinking.spans.set_course import form_controls
from instrument.thinking.spans.writer import Writer, WriteRequest
from instrument.thinking.tune.candidates import write_phrase
from instrument.thinking.tune.known_variation import KnownVariation
from instrument.thinking.tune.time_through import TimeThrough, Variations
from instrument.thinking.tune.tune_writer import TuneWriter

GUARDS = 6  #: of meters that are kept
STATES = 2048  #: of a guard, some 2 MB; one that has met more is made anew
Force = Callable[[TuneSettings, Snapshot], TuneSettings]


def load_memory(choice: ModelChoice = ModelChoice()) -> ModelMemory:  # noqa: B008 - frozen
    """A model where it is to run. Raises WeightsError, and ValueError for a device that is not there.

    One thread: the second core is the player's. On a GPU its graphs are captured here, before the music.
    """
    torch.set_num_threads(1)
    device = device_named(choice.device)
    model, vocabulary, _ = load(choice.weights or SHIPPED)
    if choice.precision == "bfloat16":
        model.to(torch.bfloat16).float()
    index = NoteIndex.load(stem_of(choice.weights or SHIPPED, "folk"))
    try:
        memory = ModelMemory(model.to(device), vocabulary, index=index, precision=choice.precision)
        memory.warm()
    except RuntimeError:
        if device.type == "cpu" or choice.device != "auto":
            raise
        memory = ModelMemory(
            model.cpu(), vocabulary, index=index, precision=choice.precision
        )  # a GPU that does not work
    return memory


class WriterFactory:
    """A `Write` for the planner."""

    def __init__(
        self,
        memory: ModelMemory,
        octave: int = 0,
        force: Force = lambda settings, _: settings,
        compass: Compass | None = None,
    ) -> None:
        """octave: how far above the written tune its voice plays; force: what of the settings is in force
        compass: of the voice, None for any"""
        self.memory, self.octave, self.force, self.compass = memory, octave, force, compass
        #: octave and compass of the voice under some controls
        self.instrument: Callable[[Snapshot], tuple[int, Compass | None]] = lambda _: (self.octave, self.compass)
        self._guards: dict[str, BarGuard] = {}
        self._fit = VocabularyFit(memory.vocabulary)
        self._last: tuple[Snapshot, int, TuneWriter] | None = None
        self._variations: Variations = {}
        self._reading = GrowingTune()  # of further times through

    def writer(self, request: WriteRequest) -> Writer:
        """A `Write` of what is composed, and of tunes that somebody wrote, as they are or varied."""
        if not request.known:
            return self(request)
        self._last = None
        if not request.snapshot.number("tune.vary"):
            return AsWritten(request.tokens)
        settings = self.settings(request.snapshot, request.tune)
        return KnownVariation(self.memory, self._guard(request), request, replace(settings, futures=1, square=True))

    def __call__(self, brief: WriteRequest) -> TuneWriter:
        guard, settings = self._guard(brief), self.settings(brief.snapshot, brief.tune)
        if brief.plan and not brief.context and brief.time == 1:  # what it begins with may be somebody's
            brief = replace(brief, tokens=self._fit.written(brief.tokens))
        plan = plan_for(brief, settings) if settings.square else ()
        tune_writer = self._kept(brief, settings)
        if brief.time > 1:
            vary = brief.snapshot.number("set.vary")
            tune_writer = TimeThrough(
                self.memory, guard, brief.tokens, settings, brief.plan, brief.time, vary, brief.stands,
                self._variations, self._reading,
            )  # fmt: skip
            plan = brief.plan
        elif tune_writer is None:
            tune_writer = TuneWriter(
                self.memory, guard, brief.tokens, settings, brief.context, brief.lacking, plan, write_phrase
            )
        tune_writer.plan = plan
        self._last = (brief.snapshot, brief.tune, tune_writer)
        return tune_writer

    def _guard(self, request: WriteRequest) -> BarGuard:
        """The bar guard of a request's meter."""
        meter = request.snapshot.meter
        if (kept := self._guards.get(str(meter))) is not None and len(kept) > STATES:
            del self._guards[str(meter)]
        return newest(self._guards, str(meter), lambda: BarGuard(self.memory.vocabulary, meter), GUARDS)

    @property
    def tune_writer(self) -> TuneWriter | None:
        """The tune under way."""
        return self._last[2] if self._last else None

    def asked_for(self, snapshot: Snapshot, tune: int) -> TuneSettings:
        """What the controls ask for."""
        return wish_of(snapshot, tune, *self.instrument(snapshot))

    def settings(self, snapshot: Snapshot, tune: int) -> TuneSettings:
        """What is in force: of the settings, what time allows; a tree larger than the memory narrowed until it fits."""
        settings = self.force(self.asked_for(snapshot, tune), snapshot)
        room = self.memory.store.capacity // 2
        return replace(settings, search=fitting(settings.search, len(self.memory.vocabulary), room))

    def refresh(self) -> None:
        """Let the tune under way go on with what is in force now."""
        if self._last:
            snapshot, tune, tune_writer = self._last
            tune_writer.settings = self.settings(snapshot, tune)

    def _kept(self, brief: WriteRequest, settings: TuneSettings) -> TuneWriter | None:
        """The writer of this very tune, if it is still at hand and says what the brief says."""
        if self._last is None or self._last[1] != brief.tune or self._last[0].seed != brief.snapshot.seed:
            return None
        tune_writer = self._last[2]
        if isinstance(tune_writer, TimeThrough):
            return None
        if brief.place >= 0 or brief.answer or tune_writer.context != max(brief.context, 2):
            return None
        if len(brief.tokens) <= 2 or tune_writer.texts[: len(brief.tokens)] != brief.tokens:
            return None
        others = self.asked_for(self._last[0], brief.tune) != self.asked_for(brief.snapshot, brief.tune)
        if others and brief.tokens[-1] != "</s>":
            tune_writer.cut(len(brief.tokens))  # what it has written on by itself was written with other controls
        tune_writer.settings = settings
        return tune_writer


def plan_for(brief: WriteRequest, settings: TuneSettings) -> Plan:
    """The plan of the tune that a brief asks for: the one it brings, or drawn around what stands already."""
    wanted = form_request(brief.snapshot, brief.tune, settings.dance)
    if brief.context and (brief.place >= 0 or brief.answer or not brief.plan):
        count = len(read_tune(brief.tokens[: brief.context], strict=False).measures)
        further = draw_plan(replace(wanted, pickup="no"))
        if brief.answer:
            return answering(brief.answer, count, further)
        return rest_of_part(brief.plan, brief.place, count, further)
    if brief.plan:
        return brief.plan
    standing = [token for token in brief.tokens if token != "</s>"]
    return draw_plan(wanted, read_tune(standing, strict=False) if len(standing) > 2 else None)


def form_request(snapshot: Snapshot, tune: int, dance: str) -> FormRequest:
    """What the controls ask of the plan."""
    values = snapshot.values
    parts, bars, repeats = form_controls(snapshot)
    return FormRequest(
        dance, str(snapshot.meter), snapshot.seed, tune, parts, bars, repeats, str(values["form.endings"]),
        str(values["form.pickup"]),
    )  # fmt: skip
