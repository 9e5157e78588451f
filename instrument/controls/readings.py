"""Table of readings: values that can be read but not set. `/lilt/get` answers with them, the page and the log show
them.

A reading is declared once, like a control; whoever knows its value publishes it by name, and the conductor keeps the
newest.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.control import Value


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading: a value that can be read but not set.

    name: dotted; start: its value before anything is known, which also says its type.
    """

    name: str
    start: Value
    help: str
    unit: str = ""

    @property
    def address(self) -> str:
        """Its OSC address: /lilt/status/ahead."""
        return "/lilt/" + self.name.replace(".", "/")


READINGS: dict[str, Reading] = {
    reading.name: reading
    for reading in (
        Reading("status.playing", False, "Whether the music is running"),
        Reading("status.bar", 0, "Bar of the song that sounds, from 1"),
        Reading("song.bar", 0, "Bar of the song that sounds, from 1"),
        Reading("song.beat", 0, "Beat of that bar, from 1"),
        Reading("tune.bar", 0, "Bar of the tune that sounds, from 1, repeats counted"),
        Reading("tune.beat", 0, "Beat of that bar, from 1"),
        Reading(
            "transport.state",
            "stopped",
            "stopped; armed: it begins on the next bar of who leads; counting in; or playing",
        ),
        Reading("transport.left", 0, "Beats until the first bar line, while it is counted in", "beats"),
        Reading("set.tune", 0, "Tune of the set that sounds, from 1"),
        Reading("set.time", 0, "Time through that tune, from 1"),
        Reading(
            "set.to_go", -1, "Bars until what comes then, the one that sounds included; -1 while nobody knows", "bars"
        ),
        Reading("set.coming", "", "What comes then: time 2 of 3, next tune, or the end"),
        Reading("set.key", "", "Key of the next tune, where that is what comes"),
        Reading("repertoire.name", "", "The repertoire that is there: a file, a folder or a text of tunes in ABC"),
        Reading("repertoire.tune", 0, "Tune of it that sounds, from 1; 0 while tunes are composed"),
        Reading("repertoire.tunes", 0, "How many tunes it has"),
        Reading("repertoire.now", "", "What it is called"),
        Reading("repertoire.coming", "", "What the next tune of it is called"),
        Reading("backing.chord", "", "The chord that keys of yours name, or that is heard in what is played"),
        Reading("practice.round", 0, "Round at this speed, from 1: times through the tune, or passes of the loop"),
        Reading("practice.state", "", "How fast it is practised and when it rises; or that a clock that leads says"),
        Reading("practice.yours", False, "Whether these bars are left to you"),
        Reading("status.bpm", 0.0, "Tempo in force", "quarter notes per minute"),
        Reading("status.ahead", 0.0, "Bars planned beyond what sounds now", "bars"),
        Reading("status.repeated", 0, "Bars the player had to fill in by itself", "bars"),
        Reading("status.late_ms", 0.0, "Worst lateness of a message in the last second", "ms"),
        Reading("status.tick", 0, "Where the music is, 10080 to the quarter note", "ticks"),
        Reading(
            "clock.state",
            "internal",
            "internal; or a clock that is followed: waiting, locking, locked, holding, lost; or linked, or rolling",
        ),
        Reading("clock.tempo", 0.0, "Tempo of the clock that comes in", "quarter notes per minute"),
        Reading("clock.phase_ms", 0.0, "How much later than expected clocks are, on average", "ms"),
        Reading("clock.jitter_ms", 0.0, "By how much single clocks are off", "ms"),
        Reading("clock.peers", 0, "Others in the Link session"),
        Reading("clock.beat", 0, "Song position", "quarter notes"),
        Reading("midi.last", "", "The last message of a controller"),
        Reading("midi.learning", "", "The control whose knob is being learned"),
        Reading("setlist.name", "", "The set list that is there"),
        Reading("setlist.step", 0, "Step of it that plays, from 1; 0 before the first"),
        Reading("setlist.steps", 0, "How many steps it has"),
        Reading("setlist.now", "", "What plays: patch, key, times, tempo"),
        Reading("setlist.note", "", "The note to oneself at that step"),
        Reading("setlist.coming", "", "What its next step is; nothing where there is none"),
        Reading("setlist.coming_note", "", "The note to oneself at the next step"),
        Reading("setlist.coming_key", "", "The key of the next step"),
        Reading("thinker.place", "here", "Where the tune is composed: here, or a node of a cluster and its device"),
        Reading("thinker.way_ms", 0.0, "How long the way to that node and back takes", "ms"),
        Reading("ensemble.role", "alone", "In an ensemble: listens, leads, follows, or rests while nobody leads"),
        Reading("ensemble.leader", "", "Who leads the ensemble"),
        Reading("ensemble.members", 0, "How many play in the ensemble, we too"),
        Reading("search.mass", 1.0, "How much of all probability the beam keeps, over the last tuples", "0..1"),
        Reading("search.speed", 0.0, "Tokens composed in a second of composing", "tokens a second"),
        Reading("search.computed", 0, "Rows of the network computed so far", "rows"),
        Reading("search.reused", 0, "Rows found in the cache instead", "rows"),
        Reading("search.in_force.beam", 0, "Beam width in force: less than asked for while time is short; 0 is all"),
        Reading("search.in_force.tuple", 1, "Tuple length in force", "tokens"),
        Reading("search.in_force.futures", 1, "Futures in force"),
    )
}
