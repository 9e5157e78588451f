"""MIDI inputs of a performance: who gets each key, pedal and controller that comes in, and gets its release.

Thru, the way of playing and the accompanied melody each have their share of what is played; a learned pad belongs to
none of them. "All notes off" and its like mean what that input holds on that channel: a receiver that heard them would
end the tune's notes too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from instrument.controls.midi_messages import ENDING, SOUND_OFF, SUSTAIN, encode
from instrument.playing.backing.chord_keys import ChordKeys
from instrument.playing.backing.others import Others
from instrument.playing.midi.held_inputs import Held, Key
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote, is_switch
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.play_mode import ModeResult, note_of
from instrument.playing.modes.play_modes import PlayModes
from instrument.playing.schedule.thru import Thru
from instrument.playing.schedule.tick_result import TickResult
from instrument.playing.voices.accompaniment import Accompaniment
from instrument.playing.voices.network_keys import NetworkKeys
from instrument.playing.voices.touch import Touch


class Inputs:
    """thread: the player's. blocks: never."""

    def __init__(
        self, thru: Thru, hands: PlayModes, accompaniment: Accompaniment, played: Callable[[ModeResult], TickResult],
        chords: ChordKeys,
    ) -> None:  # fmt: skip
        """played: makes a turn of what a way of playing gives; chords: keys that name the chord, and do no more."""
        self.thru, self.hands, self.accompaniment, self._played = thru, hands, accompaniment, played
        self.held, self.touch = Held(), Touch(accompaniment.scheduler)
        self.chords, self.others = chords, Others()
        self.network = NetworkKeys(accompaniment.scheduler)
        self._trodden: set[Key] = set()  # controllers that are down as pedals: input, channel, number
        self.switches: frozenset[tuple[str, int, int]] = frozenset()  #: notes that are no music (`wire.Switches`)

    def hear(self, heard: ReceivedMidi) -> TickResult:
        """A note, a controller, or whatever else a performer's instrument sends."""
        if heard.port in self.others.ports:
            self.others.hear(heard)
            return TickResult()
        said = heard.message
        moved = said if said is not None and said.kind == "control" else None
        if moved is not None and moved.number in ENDING:
            return self.release(heard.port, heard.at, moved.channel, moved.number == SOUND_OFF)
        if said is not None and (note := note_of(heard)) is not None:
            return self._note(heard, (heard.port, said.channel, note[0]), note[1])
        if is_switch(heard, self.switches) and not self._lets_go(heard):
            return TickResult()
        turn = self._passed(heard)
        if not self.hands.way.takes_notes:
            turn.messages += self.touch.hear(heard)
        if moved is not None:
            down = moved.value >= 64
            (self._trodden.add if down else self._trodden.discard)((heard.port, moved.channel, moved.number))
            if moved.number == SUSTAIN:
                turn.messages += self._end(self.held.tread((heard.port, moved.channel), down), heard.at)
                turn.messages += self.network.tread((heard.port, moved.channel), down, heard.at)
        turn.cue = self.accompaniment.cue(heard.at)
        return turn

    def sound(self, note: VoiceNote) -> TickResult:
        """A note over OSC that names its voice."""
        return TickResult(messages=self.network.sound(note))

    def release(self, port: str, now: float, channel: int | None = None, controllers: bool = True) -> TickResult:
        """An input lets go of all that it holds, on one channel or all; controllers: of pedals and the like too."""
        self.chords.release(port, channel, now)
        self.others.release(port, now, channel)
        messages = self.thru.release(port, now, channel, controllers)
        turn = self._played(self.hands.unhear(port, now, channel, controllers))
        turn.messages[:0] = messages
        turn.messages += self._end(self.held.release(port, channel, controllers), now)
        turn.messages += self.network.release(port, now, channel, controllers)
        if controllers:
            turn.messages += self.touch.release(port, now)
        turn.cue = self.accompaniment.cue(now)
        return turn

    def forget(self, now: float, output: str | None = None) -> list[Message]:
        """Every note has been ended (on one output, or all): nobody holds a key there. Returns what puts pedals, bend
        and the like to rest."""
        self.held.forget()
        self.chords.forget()
        self.network.forget()
        return self.thru.forget(output, now) + self.touch.rest(now, output)

    def _lets_go(self, heard: ReceivedMidi) -> bool:
        """Whether a learned pedal goes up that went down before it was learned: that is music still."""
        said = heard.message
        return said is not None and said.value < 64 and (heard.port, said.channel, said.number) in self._trodden

    def _passed(self, heard: ReceivedMidi) -> TickResult:
        """What thru and the way of playing make of a message."""
        onward = self.thru.pass_on(heard)  # messages leave in the order in which the ledger was asked
        turn = self._played(self.hands.hear(heard))
        turn.messages[:0] = onward
        return turn

    def _note(self, heard: ReceivedMidi, key: Key, velocity: int) -> TickResult:
        """A key of the performer's goes down or (velocity 0) up. Who takes it down gets it up."""
        switch = velocity > 0 and is_switch(heard, self.switches)
        if not switch and self.chords.takes(key, velocity, heard.at):
            return TickResult()
        lifted, pitch = self.held.lift(key), key[2]
        accompanied = velocity > 0 and not switch and not self.hands.way.takes_notes
        if velocity:
            self.held.strike(key, accompanied)
        if switch:  # no music; what the key meant before is over
            heard = replace(heard, data=bytes(encode("off", key[1], pitch)))
        turn = self._passed(heard)
        if heard.over_network and velocity and not switch:
            lent = accompanied and self.accompaniment.snapshot.values.get("page.keys", True) is True
            turn.messages += self.network.strike(key, velocity, heard.at, lent)
        elif heard.over_network:
            turn.messages += self.network.lift(key, heard.at)
        if accompanied:
            turn.messages += self.accompaniment.strike(pitch, velocity, heard.at)
        elif lifted:
            turn.messages += self.accompaniment.release(pitch, heard.at)
        turn.cue = self.accompaniment.cue(heard.at)
        return turn

    def _end(self, notes: list[int], at: float) -> list[Message]:
        """Notes of the accompanied melody end, with a pedal or an input: no key, which would move the voices."""
        return [message for note in notes for message in self.accompaniment.release(note, at, ask=False)]
