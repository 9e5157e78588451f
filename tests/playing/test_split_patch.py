"""The shipped patch for two hands: chords under the split, a voice that bends note by note above it."""

from __future__ import annotations

from instrument.controls.devices.plugged import InputPort, Plugged
from instrument.files.patch import find
from instrument.playing.messages import Act, PlayerSetup
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance

LOWER = ((0xB0, 101, 0), (0xB0, 100, 6), (0xB0, 6, 15))


def test_the_left_hand_is_backed_and_each_note_of_the_right_bends_by_itself() -> None:
    patch = find("split")
    voices = {name: (voice.channel, voice.program) for name, voice in patch.voices.items()}
    setup = PlayerSetup(patch.snapshot(), (), voices, {}, midi=Plugged(inputs=(InputPort("keys", "keys"),)))
    performance, now = Performance(setup, ("out",), 0.02), 1.0

    def take(*entries: object) -> list[Message]:
        nonlocal now
        now += 0.01
        exits = performance.turn(now, entries)  # type: ignore[arg-type]
        assert not exits.faults, exits.faults
        return [m for one in exits.out for m in (one.offs if isinstance(one, Silence) else (one,))]

    def hear(*messages: tuple[int, ...]) -> list[tuple[str, int, int]]:
        found = [m for data in messages for m in take(ReceivedMidi(now, "keys", bytes(data)))]
        for _ in range(10):
            found += take()
        return [(m.kind, m.channel, m.number) for m in found]

    take(Act("transport.play"))
    hear(*LOWER)
    chord = hear((0x91, 43, 80), (0x92, 47, 80), (0x93, 50, 80))
    struck = {channel for kind, channel, _ in chord if kind == "on"}
    assert struck == {7, 9}, "guitar and double bass"
    assert {number % 12 for kind, channel, number in chord if (kind, channel) == ("on", 9)} == {7}, "G, that was held"
    assert {7, 2} <= {number % 12 for kind, channel, number in chord if (kind, channel) == ("on", 7)}
    tune = hear((0x94, 67, 90), (0x95, 71, 90), (0xE4, 0, 80))
    assert [one for one in tune if one[0] == "on"] == [("on", 15, 67), ("on", 14, 71)]
    assert {channel for kind, channel, _ in tune if kind == "bend"} == {15}, "the other note is left as it is"
    assert {one for one in hear((0x84, 67, 0), (0x85, 71, 0)) if one[0] == "off"} == {("off", 15, 67), ("off", 14, 71)}
