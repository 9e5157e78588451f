"""The backer under a hand: keys in the player, the chord from the accompanist, strokes of the guitar."""

from __future__ import annotations

import gc
import threading
from multiprocessing import Pipe

from instrument.controls.explanations import Why
from instrument.controls.requests import ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.music.cues import Cue, Sung, Voicing
from instrument.music.grid import Grid
from instrument.music.ticks import QUARTER
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.thinking.voices.accompanist_process import run
from instrument.thinking.voices.live_backer import LiveBacker
from tests.fakes.backed_player import CHANNEL, BackedPlayer
from tests.fakes.quartet import tiny_choir

GUITAR = Snapshot().with_values([("voice.guitar.on", True), ("harmony.follow", "played"), ("tune.key", "D mixolydian")])
GRID = Grid(QUARTER, 4, 0)


class BackedHand(BackedPlayer):
    """A hand that is backed: every cue is answered by the live backer at once, or (dead) never."""

    def __init__(self) -> None:
        super().__init__(led=True)
        self.backer, self.dead = LiveBacker(GUITAR), False
        self.player.accompanist(True, 0.0)

    def strike(self, pitch: int, velocity: int = 80) -> None:
        turn = self.player.hear(ReceivedMidi(self.now, "keys", bytes([0x90, pitch, velocity])))
        self.messages += turn.messages
        self._answer(turn.cue)

    def pass_time(self, seconds: float) -> None:
        ends = self.now + seconds - 1e-9
        while self.now < ends:
            self.now = round(self.now + self.step, 6)
            self.messages += self.player.advance(self.now + 0.02).messages
            turn = self.player.accompany(self.now)
            self.messages += turn.messages
            self._answer(turn.cue)

    def _answer(self, cue: Cue | None) -> None:
        while cue is not None and not self.dead:
            chord, _ = self.backer.hear(cue)
            turn = self.player.voiced(Voicing(cue.number, cue.tick, (), chord), self.now)
            self.messages += turn.messages
            cue = turn.cue


def test_what_is_played_by_hand_is_backed_with_chords_that_suit_it() -> None:
    one = BackedHand()
    for _ in range(4):
        for pitch in (74, 69, 66, 69, 72, 67, 64, 67):  # a bar of D, one of C
            one.strike(pitch)
            one.pass_time(0.45)
            one.strike(pitch, 0)
            one.pass_time(0.05)
    assert one.struck("guitar"), "the guitar plays"
    under_d = {pitch % 12 for due, pitch in one.struck("guitar", 4.1, 5.9)}
    under_c = {pitch % 12 for due, pitch in one.struck("guitar", 6.1, 7.9)}
    assert 6 in under_d and 0 not in under_d and 0 in under_c and 6 not in under_c


def test_when_the_accompanist_dies_nothing_hangs_and_no_chord_is_left() -> None:
    one = BackedHand()
    one.strike(74)
    one.pass_time(1.0)
    assert one.player.accompaniment.chord is not None
    one.dead = True
    one.messages += one.player.accompanist(False, one.now)
    assert one.player.accompaniment.chord is None
    one.pass_time(6.0)
    assert {channel for channel, _ in one.hanging()} <= {CHANNEL["bodhran"]}, "which goes on"


def test_a_composed_tune_has_the_chords_that_were_planned() -> None:
    one = BackedPlayer(bars=4)
    one.run(0.5)
    chord = one.player.backing.chord_at(one.player.scheduler.tick(one.now))
    assert chord is not None and chord.name() == "D"


def test_where_nobody_plays_chords_none_is_chosen() -> None:
    backer = LiveBacker(Snapshot().with_value("harmony.follow", "played"))
    assert backer.hear(Cue(1, 0, GRID, Sung(1, 62, 80, 0))) == (None, ())
    backer.change(GUITAR)
    placed, why = backer.hear(Cue(2, 0, GRID, Sung(1, 62, 80, 0)))
    assert placed is not None and why[0].name == placed.name()
    backer.change(GUITAR.with_value("backing.on", False))
    assert backer.hear(Cue(3, 0, GRID, Sung(2, 62, 80, 0))) == (None, ())


def test_the_process_answers_with_the_chord_and_says_why() -> None:
    player, theirs = Pipe()
    conductor, ours = Pipe()
    thread = threading.Thread(target=run, args=(theirs, ours, tiny_choir(), GUITAR, {}), daemon=True)
    try:
        thread.start()
        assert isinstance(conductor.recv(), ThinkerReady)
        player.send(Cue(1, 0, GRID, Sung(1, 62, 80, 0)))
        voicing = player.recv()
        assert voicing.voices == () and voicing.chord is not None and 2 in voicing.chord.chord.classes
        why = conductor.recv()
        assert isinstance(why, Why) and why.chords[0].tick == 0 and why.plain()["chords"][0]["chord"]
    finally:
        player.close()
        conductor.close()
        thread.join(5)
        gc.enable()
        gc.unfreeze()
    assert not thread.is_alive()
