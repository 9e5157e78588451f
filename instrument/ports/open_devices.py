"""Opening of outputs: a sound card, a MIDI port, or, with neither, a recording.

Whatever is missing is said in one line with its mend, and the music plays all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from instrument.controls.devices.plugged import OutputPort
from instrument.playing.messages import PlayerSetup, Sounding
from instrument.playing.sound.synth import Renderer, Synth
from instrument.playing.time.clock import Clock, today
from instrument.playing.time.lateness import Lateness
from instrument.ports.audio.sound_card import AudioOutput, NoAudio, default_rate
from instrument.ports.audio.sound_card import open_output as open_audio
from instrument.ports.audio.soundfont import NoSoundFont, SoundFont
from instrument.ports.jack.client import JackClient
from instrument.ports.jack.sound import JackOutput
from instrument.ports.midi import output as midi
from instrument.ports.midi.input import Inbox, MidiInput, open_input
from instrument.ports.network.listeners import Listeners
from instrument.ports.osc_out.note_output import OscEnd, OscNotes
from instrument.ports.outputs import Midi, Output, Sound
from instrument.ports.recording.recorder import Recorder
from instrument.ports.recording_output import Recording

RATE = 48_000  #: frames a second, of recordings


def open_outputs(
    setup: PlayerSetup, clock: Clock, lateness: Lateness, jack: JackClient | None = None
) -> tuple[list[Output], list[str]]:
    """The outputs, at least one, and what to tell people, a line each. jack: our client there, for the sound too."""
    lines: list[str] = []
    synth = _synth(setup, lines, _rate(setup, jack))
    synth.level = setup.snapshot.number("sound.level")
    outputs: list[Output] = []
    if not setup.silent:
        try:
            audio = _card(synth, clock, jack)
            outputs.append(Sound(synth, audio, lateness))
            lines.append(f"sound: {audio.name}, latency {audio.latency * 1000:.0f} ms")
        except NoAudio as missing:
            lines.append(str(missing))
    ports = _midi(setup, not outputs, clock, lateness, lines)
    outputs += ports
    if setup.dry:
        outputs.append(Midi("nowhere", midi.MidiOutput(Nowhere(), "nowhere"), clock, lateness))
    if setup.record or all(isinstance(output, Midi) and not output.there for output in outputs):
        # a sound card renders its synth itself, so a recording beside it has one of its own
        own = _synth(setup, [], RATE) if outputs and isinstance(outputs[0], Sound) else synth
        stem = setup.recordings / f"{today()}-{setup.title}"
        try:
            recorder = Recorder(stem, own.rate, setup.routes(("recording",)), setup.title)
            outputs.append(Recording(own, recorder, clock.now(), lateness, clock))
            lines.append(f"recording: {recorder.stem}.wav and .mid")
        except OSError as error:
            lines.append(f"no recording: {setup.recordings}: {error.strerror}; --recordings names another folder")
    return outputs, lines


def open_network(
    setup: PlayerSetup, clock: Clock, lateness: Lateness, say: Callable[[Sounding], object]
) -> tuple[list[Output], list[str]]:
    """Outputs without a cable, and what to tell people: who listens, and the programs that notes go to over OSC.
    say: is given the notes that sound, for those who listen."""
    outputs: list[Output] = [Listeners(say)]
    lines: list[str] = []
    voices = setup.voices_by_channel()
    for target in setup.midi.osc:
        try:
            end = OscEnd(target.host, target.port, voices, target.format == "plain")
        except OSError as error:
            lines.append(f"OSC: {target.name}: {target.host} has no address ({error.strerror}); nothing goes there")
            continue
        outputs.append(OscNotes(target, end, clock, lateness))
        lines.append(f"OSC: notes for {target.name} go to {target.host}:{target.port}")
    return outputs, lines


def _card(synth: Renderer, clock: Clock, jack: JackClient | None) -> AudioOutput:
    """JACK by our own client, where a server runs: it comes back when the server does. Else PortAudio's choice."""
    if jack is not None:
        with suppress(NoAudio):
            return JackOutput(synth, clock, jack)
    return open_audio(synth, clock)


def _rate(setup: PlayerSetup, jack: JackClient | None) -> int:
    """What the card prefers, if there is one."""
    if not setup.silent and jack is not None and jack.open():
        return int(jack.client.samplerate)
    try:
        return RATE if setup.silent else default_rate()
    except NoAudio:
        return RATE


def _synth(setup: PlayerSetup, lines: list[str], rate: int) -> Renderer:
    if setup.soundfont:
        try:
            return SoundFont(setup.soundfont, rate, setup.sounds)
        except NoSoundFont as missing:
            lines.append(f"{missing} Playing with the built-in synth.")
    return Synth(rate, setup.sounds)


def _midi(setup: PlayerSetup, needed: bool, clock: Clock, lateness: Lateness, lines: list[str]) -> list[Midi]:
    """The ports asked for; where there is no sound, any port that leads somewhere."""
    wanted = list(setup.midi.outputs)
    if not wanted and needed:
        wanted = [OutputPort(name, name) for name in midi.outputs() if "through" not in name.lower()][:1]
    found = []
    for one in wanted:
        try:
            port = midi.open_output(one.port, one.port is None, one.name)
            lines.append(f"MIDI: {port.name}{_also(port.also)}")
        except midi.NoMidi as missing:
            port = midi.MidiOutput(None, one.port or one.name)
            lines.append(str(missing))
        found.append(Midi(one.name, port, clock, lateness, one.delay_ms / 1000, one.sensing))
    return found


def open_inputs(setup: PlayerSetup, inbox: Inbox) -> tuple[list[MidiInput], list[str]]:
    """The inputs, whether they are there or not, and what to tell people, a line each."""
    found: list[MidiInput] = []
    lines: list[str] = []
    for one in setup.midi.inputs:
        try:
            found.append(open_input(one.name, one.port, inbox))
            lines.append(f"MIDI in: {found[-1].whole}{_also(found[-1].also)}")
        except midi.NoMidi as missing:
            found.append(MidiInput(None, one.name, one.port or one.name, inbox))
            lines.append(str(missing))
    return found, lines


def _also(names: Sequence[str]) -> str:
    """What else might have been meant."""
    return f" (also: {', '.join(names)}; say more of the name to choose)" if names else ""


class Nowhere:
    """The wire of a dry run."""

    def send_message(self, data: list[int]) -> None:
        pass

    def close_port(self) -> None:
        pass
