"""MIDI inputs of a performance: who gets each key, pedal and controller that comes in, and gets its release.

Thru, the way of playing and the accompanied melody each have their share of what is played; a learned pad belongs to
none of them. "All notes off" and its like mean what that input holds on that channel: a receiver that heard them would
end the tune's notes too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from instrument.controls.input_controls import CHORDS, CONTROL, MELODY, PLAYED
from instrument.controls.midi_messages import ENDING, RESET, SOSTENUTO, SOUND_OFF, SUSTAIN, MidiMessage, encode
from instrument.controls.snapshot import Snapshot
from instrument.music.sounds.velocity_curve import curved, parse
from instrument.playing.backing.chord_keys import ChordKeys
from instrument.playing.backing.others import Others
from instrument.playing.midi.held_inputs import Held, Key
from instrument.playing.midi.input_channels import LOWER, MEMBERS
from instrument.playing.midi.key_roles import KeyRoles
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote, is_switch
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.play_mode import ModeResult, note_of
from instrument.playing.modes.play_modes import PlayModes
from instrument.playing.schedule.thru import Thru
from instrument.playing.schedule.tick_result import TickResult
from instrument.playing.voices.accompaniment import Accompaniment
from instrument.playing.voices.network_keys import LENT, YOURS, NetworkKeys
from instrument.playing.voices.touch import Touch
from instrument.playing.voices.voice_keys import VoiceKeys


class Inputs:
    """MIDI inputs of a performance. thread: the player's. blocks: never."""

    def __init__(
        self, thru: Thru, modes: PlayModes, accompaniment: Accompaniment, played: Callable[[ModeResult], TickResult],
        chords: ChordKeys,
    ) -> None:  # fmt: skip
        """played: makes a turn of what a way of playing gives; chords: keys that name the chord, and do no more."""
        self.thru, self.modes, self.accompaniment, self._played = thru, modes, accompaniment, played
        self.held, self.touch = Held(), Touch(accompaniment.scheduler, thru)
        self.chords, self.others = chords, Others()
        self.roles = KeyRoles(accompaniment.snapshot)
        self.voices = VoiceKeys(accompaniment.scheduler)
        self.network = NetworkKeys(accompaniment.scheduler, self.voices)
        self._trodden: set[Key] = set()  # controllers that are down as pedals: input, channel, number
        self.switches: frozenset[tuple[str, int, int]] = frozenset()  #: notes that are no music (`wire.Switches`)
        self._power, self._range = 1.0, (1, 127)  # of the velocity curve
        self._mode, self._by_keys = modes.current, set[str]()  # and voices that keys have played since
        self.change(accompaniment.snapshot, 0.0)

    def open(self, roles: Mapping[str, str] = MappingProxyType({}), mpe: Iterable[str] = ()) -> list[Message]:
        """What is plugged in. roles: of each input, see `KeyRoles`; mpe: those that play MPE from the start."""
        for port in mpe:
            self.touch.channels.configure(port, LOWER, MEMBERS)
        self.roles = KeyRoles(self.accompaniment.snapshot, roles)
        return self._hand_over(0.0)

    def change(self, snapshot: Snapshot, now: float) -> list[Message]:
        """The controls have been turned: who plays what from now on, and how hard it counts."""
        values = snapshot.values
        self._power = parse(str(values.get("input.curve", "linear")))
        self._range = int(values.get("input.floor", 1)), int(values.get("input.ceiling", 127))
        self.roles.change(snapshot)
        return self._hand_over(now)

    def there(self, port: str, there: bool, now: float) -> list[Message]:
        """An input has been plugged in, or has gone: a voice that only it played is played by itself again."""
        self.roles.there(port, there)
        return self._hand_over(now)

    def _hand_over(self, now: float) -> list[Message]:
        """What is composed for voices that are played by hand gives way; what is played no longer goes to rest."""
        scheduler, played = self.accompaniment.scheduler, self.roles.by_hand()
        begun, scheduler.played = sorted(played - scheduler.played), played
        messages = [message for voice in begun for message in scheduler.hush(voice, now)]
        return messages + self._leave(self._by_keys - {*played, *self._voices_of("")}, now)

    def _leave(self, voices: Iterable[str], now: float) -> list[Message]:
        """Voices are no longer played by these keys."""
        self._by_keys = {*self.roles.by_hand(), *self._voices_of("")}
        return [message for voice in sorted(voices) for message in self.touch.leave(voice, now)]

    def _voices_of(self, port: str) -> tuple[str, ...]:
        """The voices that keys of an input play, and so its pedals and wheels move."""
        return tuple(self._voice_of(role) for role in self.roles.roles(port) if role in (MELODY, *PLAYED))

    def _voice_of(self, role: str) -> str:
        """The voice that keys of a role sound, where there is one."""
        return role if role != MELODY else LENT if self.modes.current.takes_notes else YOURS

    def hear(self, heard: ReceivedMidi) -> TickResult:
        """A note, a controller, or whatever else a performer's instrument sends."""
        if heard.port in self.others.ports:
            self.others.hear(heard)
            return TickResult()
        if self.roles.whole(heard.port) == CONTROL:
            return TickResult()
        heard = self._weighed(heard)
        said = heard.message
        if said is not None and self.touch.channels.hear(heard.port, said):  # other zones: whatever is held is let go
            turn = self.release(heard.port, heard.at)
            turn.messages += self.thru.pass_on(heard)
            return turn
        moved = said if said is not None and said.kind == "control" else None
        if moved is not None and moved.number in ENDING:
            return self._end_all(heard, moved)
        if said is not None and (note := note_of(heard)) is not None:
            return self._note(heard, (heard.port, said.channel, note[0]), note[1])
        if is_switch(heard, self.switches) and not self._lets_go(heard):
            return TickResult()
        turn = self._passed(heard)
        turn.messages += self.touch.hear(heard, self._voices_of(heard.port))
        if moved is not None:
            down = moved.value >= 64
            (self._trodden.add if down else self._trodden.discard)((heard.port, moved.channel, moved.number))
            turn.messages += self._trod(heard, moved, down)
        turn.cue = self.accompaniment.cue(heard.at)
        return turn

    def _trod(self, heard: ReceivedMidi, moved: MidiMessage, down: bool) -> list[Message]:
        """What the sustain and sostenuto pedals hold, or no longer do; a reset of controllers is both going up."""
        messages: list[Message] = []
        for channel in self.touch.channels.reach(heard.port, moved.channel):
            pedal = heard.port, channel
            if moved.number in (SUSTAIN, RESET):
                trodden = down and moved.number == SUSTAIN
                messages += self._end(self.held.tread(pedal, trodden), heard.at)
                messages += self.voices.tread(pedal, trodden, heard.at)
                self.chords.tread(pedal, trodden, heard.at)
            if moved.number in (SOSTENUTO, RESET):
                self.chords.catch(pedal, down and moved.number == SOSTENUTO, heard.at)
        return messages

    def settle(self, now: float) -> list[Message]:
        """Each turn: another way of playing has come into force, and what the keys had moved goes back to rest."""
        if self.modes.current is self._mode:
            return []
        self._mode = self.modes.current
        return self._leave(self._by_keys, now)

    def sound(self, note: VoiceNote) -> TickResult:
        """A note over OSC that names its voice."""
        weighed = curved(note.velocity, self._power, *self._range)
        return TickResult(messages=self.network.sound(replace(note, velocity=weighed)))

    def release(self, port: str, now: float, channel: int | None = None, controllers: bool = True) -> TickResult:
        """An input lets go of all that it holds, on one channel or all; controllers: of pedals and the like too."""
        self.chords.release(port, channel, now, controllers)
        self.others.release(port, now, channel)
        messages = self.thru.release(port, now, channel, controllers)
        turn = self._played(self.modes.unhear(port, now, channel, controllers))
        turn.messages[:0] = messages
        turn.messages += self._end(self.held.release(port, channel, controllers), now)
        turn.messages += self.voices.release(port, now, channel, controllers)
        turn.messages += self.network.release(port, now) if channel is None else []
        self.touch.lift_all(port, channel)
        if controllers:
            turn.messages += self.touch.release(port, now)
        turn.cue = self.accompaniment.cue(now)
        return turn

    def forget(self, now: float, output: str | None = None) -> list[Message]:
        """Every note has been ended (on one output, or all): nobody holds a key there. Returns what puts pedals, bend
        and the like to rest."""
        self.held.forget()
        self.chords.forget()
        self.voices.forget()
        self.network.forget()
        return self.thru.forget(output, now) + self.touch.rest(now, output)

    def lift_all(self, now: float) -> list[Message]:
        """An output has gone: nobody holds a key that sounds a voice."""
        return self.voices.lift_all(now) + self.network.lift_all(now)

    def _weighed(self, heard: ReceivedMidi) -> ReceivedMidi:
        """A message as it counts: keys by the velocity curve, everything else as it is."""
        if self._power == 1.0 and self._range == (1, 127):
            return heard
        said = heard.message
        if said is None or said.kind != "on":
            return heard
        velocity = curved(said.value, self._power, *self._range)
        return replace(heard, data=bytes(encode("on", said.channel, said.number, velocity)))

    def _lets_go(self, heard: ReceivedMidi) -> bool:
        """Whether a learned pedal goes up that went down before it was learned: that is music still."""
        said = heard.message
        return said is not None and said.value < 64 and (heard.port, said.channel, said.number) in self._trodden

    def _passed(self, heard: ReceivedMidi) -> TickResult:
        """What thru and the way of playing make of a message; a pedal of a zone's manager is one of all its members."""
        onward = self.thru.pass_on(heard)  # messages leave in the order in which the ledger was asked
        said = heard.message
        reset = said is not None and (said.kind, said.number) == ("control", RESET)
        if reset and said is not None:  # for a way of playing that is its pedals going up
            heard = replace(heard, data=bytes(encode("control", said.channel, SUSTAIN)))
        turn = self._played(self.modes.hear(heard))
        turn.messages[:0] = onward
        if said is not None and said.kind == "control":
            for channel in self.touch.channels.reach(heard.port, said.channel)[1:]:
                number, value = (SUSTAIN, 0) if reset else (said.number, said.value)
                again = replace(heard, data=bytes(encode("control", channel, number, value)))
                more = self._played(self.modes.hear(again))
                turn.messages += more.messages
                turn.requests += more.requests
        return turn

    def _end_all(self, heard: ReceivedMidi, moved: MidiMessage) -> TickResult:
        """ "All notes off" and its like."""
        turn = TickResult()
        for channel in self.touch.channels.reach(heard.port, moved.channel):
            one = self.release(heard.port, heard.at, channel, moved.number == SOUND_OFF)
            turn.messages += one.messages
            turn.requests += one.requests
            turn.cue = one.cue or turn.cue
        return turn

    def _note(self, heard: ReceivedMidi, key: Key, velocity: int) -> TickResult:
        """A key of the performer's goes down or (velocity 0) up. Who takes it down gets it up."""
        struck = velocity > 0 and not is_switch(heard, self.switches)
        role = self.roles.of(key[0], key[2]) if struck else ""
        if struck:
            self.touch.strike(key, (self._voice_of(role),) if role in (MELODY, *PLAYED) else ())
        turn = self._given(heard, key, velocity, role)
        if struck:
            self.touch.struck()
        else:
            turn.messages += self.touch.lift(key, heard.at)
        return turn

    def _given(self, heard: ReceivedMidi, key: Key, velocity: int, role: str) -> TickResult:
        """What comes of a key by its role; "" where it goes up, or is no music."""
        elsewhere = self.voices.holds(key) and not self.held.holds(key)
        messages = self.voices.lift(key, heard.at)
        elsewhere = self.chords.lift(key, heard.at) or elsewhere
        if role in ("", MELODY):
            turn = TickResult() if elsewhere and not velocity else self._melody(heard, key, velocity, bool(role))
        else:  # it may have been the melody's before, and was never let go
            turn = self._melody(heard, key, velocity, False) if self.held.holds(key) else TickResult()
        if elsewhere or role not in ("", MELODY):
            turn.messages += self._whole_thru(heard)
        turn.messages[:0] = messages
        if role == CHORDS:
            self.chords.strike(key, heard.at)
        elif role in PLAYED:
            turn.messages += self.voices.strike(key, role, velocity, heard.at)
        return turn

    def _melody(self, heard: ReceivedMidi, key: Key, velocity: int, struck: bool) -> TickResult:
        """A key of the melody's, or one that is no music any more: what it meant before is over."""
        lifted, pitch = self.held.lift(key), key[2]
        accompanied = struck and not self.modes.current.takes_notes
        if struck:
            self.held.strike(key, accompanied)
        elif velocity:
            heard = replace(heard, data=bytes(encode("off", key[1], pitch)))
        turn = self._passed(heard)
        if heard.over_network and accompanied and self.accompaniment.snapshot.values.get("page.keys", True) is True:
            turn.messages += self.network.lend(key, velocity, heard.at)
        if accompanied:
            turn.messages += self.accompaniment.strike(pitch, velocity, heard.at)
        elif lifted:
            turn.messages += self.accompaniment.release(pitch, heard.at)
        turn.cue = self.accompaniment.cue(heard.at)
        return turn

    def _whole_thru(self, heard: ReceivedMidi) -> list[Message]:
        """Thru of an input that has a role of its own."""
        return self.thru.pass_on(heard) if self.roles.whole(heard.port) else []

    def _end(self, notes: list[int], at: float) -> list[Message]:
        """Notes of the accompanied melody end, with a pedal or an input: no key, which would move the voices."""
        return [message for note in notes for message in self.accompaniment.release(note, at, ask=False)]
