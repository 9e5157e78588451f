"""Setup of a rig: what the processes are given, from a patch and a command line. No torch; nothing is started here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from instrument.controls.devices.plugged import NOTHING, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.controls.voice_controls import gains
from instrument.files.patch import Patch
from instrument.files.patterns import patterns
from instrument.files.setlist_file import Setlist
from instrument.files.shipped import OWN
from instrument.files.tunebook import TUNEBOOK
from instrument.music.backing.pattern import DancePatterns, chosen
from instrument.music.events import Span
from instrument.networks.folk.vocabulary_file import vocabulary_of
from instrument.networks.weight_files import FOLDER, model_id, numbers_file
from instrument.playing.messages import PlayerSetup
from instrument.playing.sound.channel_sound import CLICK, ChannelSound
from instrument.playing.sound.percussion import CHANNEL
from instrument.playing.time.clock import today
from instrument.ports.ensemble.sockets import EnsembleSockets
from instrument.ports.network.allowed import Allowed
from instrument.ports.remote_setup import RemoteSetup
from instrument.ports.web.qr_code import When
from instrument.rig.cluster.address import check as check_cluster
from instrument.rig.ensemble.ensemble_setup import EnsembleSetup, with_shared_clock
from instrument.thinking.model.model_choice import ModelChoice, refuse_too_large
from instrument.thinking.model.vocabulary_fit import VocabularyFit
from instrument.thinking.modelless_thinker import writing
from instrument.thinking.openings import known_opening, read_out
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Planner
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.thinking.voices.spans_with_voices import SpansWithVoices

BEGUN = 2  #: bars that are there at once, where they need no model of tunes


@dataclass(slots=True)
class Rig:
    """What the player asks for on the command line, beside the patch."""

    midi: Plugged = NOTHING
    soundfont: Path | None = None
    silent: bool = False
    record: bool = False
    dry: bool = False  #: a MIDI port that leads nowhere, to measure with
    recordings: Path = field(default_factory=lambda: Path("recordings"))
    log: bool = True  #: whether a session log is kept, beside the recordings
    bars: int | None = None
    osc_host: str = "127.0.0.1"
    osc_port: int = 9127
    page_host: str = "127.0.0.1"
    page_port: int | None = None
    allow: tuple[str, ...] = ()  #: who may steer it from other machines
    announce: bool = False  #: by zeroconf
    pairing: bool = True  #: whether hosts from elsewhere need a code
    qr: When = "request"  #: when the terminal is given the page's address as a QR code
    time_tags: bool = True  #: whether OSC bundles wait for theirs
    setlist: Setlist | None = None  #: whose first step it begins with
    patches: Path = OWN  #: one's own, where they are saved
    model: ModelChoice = ModelChoice()  # noqa: RUF009 - frozen
    experts: Path | None = None  #: weights of the accompanist's
    thinker: str = ""  #: address of the cluster where the thinker is to run (`instrument.rig.cluster.address`)
    ensemble: EnsembleSetup | None = None  #: the others that play with it
    opening: tuple[Span, ...] = ()  #: what to begin with instead of the patch's opening: a tune played again
    file: Path = Path("rig.toml")  #: where what is learned is written


def check(rig: Rig, patch: Patch) -> None:
    """Refuse, before anything starts, what cannot work. Raises ValueError or RuntimeError, one line. blocks: where
    there is a SoundFont to try, for a second or two."""
    refuse_too_large(patch)
    if rig.thinker:
        check_cluster(rig.thinker, "--thinker")
    if rig.ensemble is not None:
        with_shared_clock(patch.snapshot())
        EnsembleSockets((), Allowed(rig.allow), rig.ensemble.port).close()
    _refuse_pattern(patch, patterns(rig.patches))
    weights = rig.model.weights
    if weights and not (file := numbers_file(weights, "folk")).exists():
        raise ValueError(f"no weights at {file}; leave --weights out for the shipped ones")
    if weights and patch.source == "tune":
        fit = VocabularyFit(vocabulary_of(weights))
        for key in (patch.snapshot().key, *patch.keys):
            fit.refuse(patch.snapshot().with_value("tune.key", str(key)), patch.name)
    if rig.soundfont and not rig.soundfont.is_file():
        raise ValueError(f"no SoundFont at {rig.soundfont}; give --synth the path of an .sf2 file, or leave it out")
    if rig.soundfont:
        from instrument.ports.audio.soundfont_trial import try_out

        try_out(rig.soundfont)
    if rig.midi.microphone is not None:
        from instrument.ports.microphone.capture import check as check_microphone

        check_microphone(rig.midi.microphone.device)
    if not 0 <= rig.osc_port <= 65535:
        raise ValueError(f"--osc-port {rig.osc_port} is outside 0..65535")


def _refuse_pattern(patch: Patch, there: Sequence[DancePatterns]) -> None:
    """A pattern of accompaniment that does not fit the patch's meter."""
    wanted, meter = str(patch.values["backing.pattern"]), patch.snapshot().meter
    if line := chosen(there, meter, str(patch.values["tune.dance"]), wanted)[1]:
        raise ValueError(f'{patch.name}: controls.backing.pattern = "{wanted}": {line}; leave it out, or take another')


def remote_setup(rig: Rig) -> RemoteSetup:
    """Where hands and programs reach it. An OSC port of 0, any free one, asks the same for the page."""
    page_port = 0 if rig.page_port is None and rig.osc_port == 0 else rig.page_port
    return RemoteSetup(
        rig.osc_host, rig.osc_port, rig.page_host, page_port, rig.allow, rig.announce,
        rig.recordings / TUNEBOOK.name, model_id(rig.model.weights or FOLDER, "folk"), rig.patches, rig.setlist,
        rig.pairing, rig.time_tags, rig.qr,
    )  # fmt: skip


def with_seed(snapshot: Snapshot) -> Snapshot:
    """Seed 0 means a tune nobody has heard: draw one."""
    return snapshot if snapshot.seed else snapshot.with_value("tune.seed", secrets.randbelow(2**31 - 1) + 1)


def begun(patch: Patch, rig: Rig, seed: int | None) -> Snapshot:
    """The controls that a performance begins with. seed: in place of the patch's. Raises ValueError out of range."""
    snapshot = patch.snapshot() if seed is None else patch.snapshot().with_value("tune.seed", seed)
    return with_seed(snapshot if rig.ensemble is None else with_shared_clock(snapshot))


def arrangement(patch: Patch, experts: Path | None = None) -> Arrangement:
    """experts: weights of the accompanying voices, None for the shipped ones."""
    octaves = {name: voice.octave for name, voice in patch.voices.items()}
    melody = patch.voices.get("melody")
    return Arrangement(octaves, patch.drone, patch.source, experts, melody.range if melody else None, patch.keys)


def live(patch: Patch, experts: Path | None = None) -> Arrangement:
    """As `arrangement`, and following the mixer's controls from then on."""
    return replace(arrangement(patch, experts), live=True)


def opening(patch: Patch, snapshot: Snapshot, experts: Path | None = None) -> tuple[Span, ...]:
    """The spans of the opening that the seed picks, with their voices; none where the patch has none. No torch.

    What needs no model of tunes to go on has the first bars of what will be composed.
    """
    how = arrangement(patch, experts)
    if patch.source != "tune":
        whole = SpansWithVoices(Planner(writing(patch.source), how, snapshot), lambda: load_choir(experts), how)
        return tuple(whole.next_span() for _ in range(BEGUN))
    if snapshot.playing_known and not snapshot.number("tune.vary"):
        return known_opening(how, snapshot, lambda: load_choir(experts))
    if not patch.openings:
        return ()
    bars = patch.openings[snapshot.seed % len(patch.openings)]
    return read_out(bars, how, snapshot, 0, lambda: load_choir(experts))


def session_log(patch: Patch, rig: Rig) -> Path | None:
    """Where the session log goes; None for none."""
    return rig.recordings / f"{today()}-{patch.name}.jsonl" if rig.log else None


def sounds(patch: Patch) -> dict[int, ChannelSound]:
    """Of each channel: the patch's voices, what is muted silent, and the click, where no voice has its channel."""
    loud = gains(patch.voices.values())
    voices = {v.channel: ChannelSound(v.timbre, loud[v.name], v.pan) for v in patch.voices.values()}
    return {CHANNEL: CLICK} | voices


def stage(patch: Patch, rig: Rig, snapshot: Snapshot) -> PlayerSetup:
    """What the player process is given."""
    return PlayerSetup(
        snapshot, rig.opening or opening(patch, snapshot, rig.experts),
        {name: (v.channel, v.program) for name, v in patch.voices.items()}, sounds(patch), patch.name, rig.midi,
        rig.soundfont, rig.silent, rig.record, rig.dry, rig.recordings, rig.bars,
        gains(patch.voices.values()), rig.ensemble is not None,
    )  # fmt: skip
