"""End of a set, as the player has it: what the leader calls, the fade, the stop, and the set that comes after.

What is called is tied to the time through under way (`leading`). Where a set is over the music stops; begun again, it
goes on with the next set, at once or on the next bar of whoever says where the music is. No time, no devices.
"""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.requests import TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.playing.beginning.music import Music
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.tick_result import TickResult
from instrument.playing.sets.fade import Fade
from instrument.playing.sets.leading import CONTROL, PLANNED, Leading


class SetEnd:
    """End of a set. thread: the player's. blocks: never."""

    def __init__(self, player: Music, snapshot: Snapshot) -> None:
        self.player, self.leading = player, Leading(snapshot)
        self.fade = Fade(lambda: player.scheduler.routes)
        self._anew = False  # what is planned has been dropped, and is to be asked for

    def called(self, snapshot: Snapshot) -> Snapshot:
        """The controls with what has been called before anything was played."""
        return self.leading.change(snapshot, None)

    def change(self, snapshot: Snapshot) -> Snapshot:
        """The controls have been turned. Returns them with what has been called."""
        return self.leading.change(snapshot, self.player.buffer.last_committed)

    def press_fade(self, now: float) -> None:
        """The music fades, then stops; or that is taken back."""
        player = self.player
        if player.playing:
            meter = player.snapshot.meter
            ticks = int(player.snapshot.number("set.fade")) * meter.bar
            self.fade.press(player.scheduler.tick(now), ticks, meter.beat)

    def begin(self, now: float) -> list[Message]:
        """The music is about to begin, or to go on."""
        self._go_on_behind(now)
        return self.fade.rest(now)

    def advance(self, turn: TickResult, now: float) -> None:
        """What the leader called has been done; a fade goes on; at the end of a set, or of a fade, the music stops.

        turn: with what this turn has announced; gets what is to be sent, told and asked for
        """
        player = self.player
        if done := self.leading.done(turn.announced):
            player.snapshot = replace(player.snapshot, signal=None)
            turn.told.append(TurnBack(CONTROL, done, PLANNED))
        tick = player.scheduler.tick(now)
        messages, died = self.fade.advance(tick, now)
        turn.messages += messages
        if died:
            self.fade.end(now)
            turn.messages += player.stop(now, faded=True)
        elif player.buffer.rests and player.scheduler.playing and tick >= player.buffer.committed:
            turn.messages += player.stop(now)
            player.scheduler.stand(player.buffer.committed)
        if self._anew:
            self._anew = False
            turn.requests += player.think_again()

    def _go_on_behind(self, now: float) -> None:
        """Where a set is over, the next one begins."""
        player, buffer = self.player, self.player.buffer
        if not buffer.rests or player.scheduler.playing:
            return
        buffer.release()
        last, line = buffer.last_committed, player.time.line
        if last is None or not player.time.places or line is None or (there := line.tick(now)) <= last.end:
            return
        bar = player.snapshot.meter.bar
        begins = last.end + -(-(there - last.end) // bar) * bar
        buffer.drop()
        silence = replace(last, start=last.end, end=begins, notes=(), source="silent", branches=(), parts=())
        buffer.put(replace(silence, chords=()))
        self._anew = True
