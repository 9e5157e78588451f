"""The table of controls and actions. To add one, add a row: OSC, patches, checks and docs follow."""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls import practice
from instrument.controls.backing_controls import backing_controls
from instrument.controls.chord_controls import chord_controls
from instrument.controls.control import Control
from instrument.controls.input_controls import HEADING, input_controls
from instrument.controls.play_modes import PLAY_MODES, described
from instrument.controls.voice_controls import voice_controls
from instrument.music.chorale.experts import TURNED
from instrument.music.dances.dance import DANCES
from instrument.music.grid import TACTUS

OPEN = ("drawn", "yes", "no")  #: left open, or as the performer asks
FORMS = (  # those that dances have most, times through of so many bars, for a fader
    "3x32", "4x32", "5x32", "6x32", "8x32", "4x24", "8x24", "3x40", "5x40", "8x40", "3x48", "4x48", "6x48", "8x48",
    "4x64",
)  # fmt: skip
THEN = ("as planned", "next", "last")
METERS = ("4/4", "2/4", "6/8", "9/8", "12/8", "3/4", "3/2")

CONTROLS: dict[str, Control] = {
    control.name: control
    for control in (
        Control("tune.seed", "int", 0, "Which tune: the same seed gives the same tune. 0 in a patch draws one at start",
                0, 2**31 - 1, effect="compose"),
        Control("tune.meter", "meter", "4/4", "Meter of the tune", choices=METERS, effect="compose"),
        Control("tune.key", "key", "D major", "Tonic and mode the tune sounds in", effect="compose"),
        Control("tune.temperature", "float", 1.0, "Below 1 plays safe, above 1 takes risks", 0.1, 2.0, cc=20,
                effect="rewrite"),
        Control("tune.guard", "bool", True, "Keep every bar to its meter; off is the raw model", cc=21,
                effect="rewrite"),
        Control("tune.square", "bool", True, "Tunes by a plan: parts of eight bars, repeats, and bars that come again",
                effect="rewrite"),
        Control("tune.aabb", "bool", True, "Play each half twice when a tune has two parts and no repeat signs",
                effect="compose"),
        Control("tune.again", "float", 1.0, "How strongly a tune repeats its own bars; 0 is off, the network alone",
                0.0, 1.0, effect="rewrite"),
        Control("tune.dance", "choice", "auto", "Dance whose rhythms and forms the tune has; auto is the meter's usual "
                "one", choices=("auto", *DANCES), effect="plan"),
        Control("tune.keys", "choice", "near", "Keys of a set: the same for every tune, near ones in turn, "
                "or each in a relation to the one before",
                choices=("same", "near", "up a tone", "up a fourth", "up a fifth", "relative"), effect="compose"),
        Control("tune.key_list", "keys", "none", "Keys of a set's tunes in turn, the first being tune.key; none leaves "
                "them to tune.keys", choices=("none",), effect="compose"),
        Control("tune.stay", "bool", False, "The tune goes on, from its top each time, until this is off again",
                effect="compose"),
        *practice.known_controls(),
        Control("loop.from", "int", 1, "The bar of the tune that the loop begins with, as tune.bar counts them", 1, 999,
                "bar", effect="live"),
        Control("loop.to", "int", 8, "The bar of the tune that the loop ends with", 1, 999, "bar", effect="live"),
        Control("loop.on", "bool", False, "Play those bars of the tune again and again; off goes on behind them",
                effect="live"),
        Control("temp", "bool", False, "Changes last while this is held; let go, everything is as it was before",
                momentary=True, effect="live"),
        Control("form.parts", "int", 0, "Parts of a tune; 0 is drawn as the dance has them", 0, 6, "parts",
                effect="plan"),
        Control("form.bars", "choice", "drawn", "Bars of each part", choices=("drawn", "8", "16"), effect="plan"),
        Control("form.repeats", "choice", "drawn", "Whether parts are written with repeats", choices=OPEN,
                effect="plan"),
        Control("form.endings", "choice", "drawn", "Whether repeated parts have two endings", choices=OPEN,
                effect="plan"),
        Control("form.pickup", "choice", "drawn", "Whether tunes begin with a pick-up", choices=OPEN, effect="plan"),
        Control("set.times", "int", 1, "How many times each tune of a set is played", 1, 8, "times", effect="compose"),
        Control("set.tunes", "int", 0, "How many tunes a set has, before it ends; 0 goes on for ever", 0, 16, "tunes",
                effect="compose"),
        Control("set.form", "form", "free", "A dance: times through x bars, such as 8x32, shared by the tunes "
                "of the set, then the ending; free is as set.times and set.tunes say", choices=("free", *FORMS),
                effect="compose"),
        Control("set.vary", "float", 0.2, "Share of a tune's bars, at most, that each further time through varies as "
                "players do", 0.0, 1.0, effect="compose"),
        Control("set.lift", "float", 0.4, "How much livelier each further time through is played", 0.0, 1.0,
                effect="live"),
        Control("set.then", "choice", "as planned", "What comes next in the set: what is planned; the next tune at the "
                "end of this part; or nothing, this time through being the last", choices=THEN, effect="compose"),
        Control("set.chord", "bool", True, "Whether a last chord follows the ending, for the bow", effect="compose"),
        Control("set.ritard", "float", 0.4, "How far the last bars of a set slow down; not while others keep the time",
                0.0, 1.0, effect="live"),
        Control("set.fade", "int", 8, "How long a fade takes", 1, 64, "bars", effect="live"),
        Control("clock.bpm", "float", 112.0, "Tempo in quarter notes, as a DAW counts",
                20, 300, "quarter notes per minute", cc=22, effect="live"),
        Control("transport.locate", "int", 1, "Go to this bar of the song, playing or not; sent again it goes again",
                1, 9999, "bar", effect="live"),
        Control("transport.count_in", "int", 0, "Bars counted in, with a click, before the music begins; 0 is none", 0,
                4, "bars", effect="live"),
        Control("transport.opening_chord", "choice", "none", "What sounds before the tune: nothing, a chord of its key "
                "to bow to, or a fiddler's four potatoes", choices=("none", "chord", "potatoes"), effect="live"),
        Control("click.on", "bool", False, "Whether a click goes on with the music, on every beat", effect="live"),
        Control("click.level", "float", 0.7, "Level of the click, that of the count-in too; 0 is silence", 0.0, 1.0,
                effect="live"),
        Control("click.accent", "float", 0.5, "How far the click of a bar's first beat stands out; 0 is all alike", 0.0,
                1.0, effect="live"),
        Control("clock.source", "choice", "auto", "Whose time we play in; auto is our own until a MIDI "
                "Start comes in, then that clock's", choices=("auto", "internal", "midi", "link", "jack"),
                effect="live"),
        Control("clock.jack_master", "bool", False, "Give JACK's transport our bars and tempo, and start and stop it",
                effect="live"),
        Control("clock.nudge", "float", 0.0, "Later than the clock by so much; below 0, earlier", -250, 250, "ms",
                effect="live"),
        Control("clock.on_loss", "choice", "go on", "What the music does when the clock falls silent",
                choices=("go on", "stop"), effect="live"),
        Control("clock.send", "choice", "no", "Whether a MIDI clock goes out, on every MIDI output",
                choices=("no", "while playing", "always"), effect="live"),
        Control("clock.link_start", "bool", False, "Start and stop with the others of the Link session",
                effect="live"),
        Control("clock.start", "choice", "position", "Where a Start right after a song position begins: there, as Live "
                "means it, or at the top", choices=("position", "top"), effect="live"),
        Control("search.tuple", "int", 1, "Tokens drawn at once, from their joint distribution", 1, 4, "tokens", cc=26,
                effect="rewrite"),
        Control("search.beam", "int", 0, "How many branches of each token are weighed; 0 is all", 0, 137, cc=27,
                effect="rewrite"),
        Control("search.mode", "choice", "tree", "tree: branches of every token; beam: paths in all at each depth",
                choices=("tree", "beam"), effect="rewrite"),
        Control("search.stride", "int", 0, "How many tokens of a tuple are kept before drawing anew; 0 is all",
                0, 4, "tokens", effect="rewrite"),
        Control("search.joint", "float", 1.0, "Temperature of whole tuples, besides each token's", 0.1, 2.0, cc=28,
                effect="rewrite"),
        Control("search.futures", "int", 1, "Candidates for the next phrase, of which the best is kept; 1 is plain",
                1, 32, cc=29, effect="rewrite"),
        Control("wish.likelihood", "float", 0.5, "Of the candidates: how much their probability counts", 0.0, 4.0,
                effect="rewrite"),
        Control("wish.cadence", "float", 1.0, "Of the candidates: how much a close on the tonic counts", 0.0, 4.0,
                effect="rewrite"),
        Control("wish.novelty", "float", 2.0, "Of the candidates: how much it counts to be new", 0.0, 4.0, cc=30,
                effect="rewrite"),
        Control("wish.range", "float", 1.0, "Of the candidates: how much it counts to stay in range", 0.0, 4.0,
                effect="rewrite"),
        Control("wish.low", "int", 55, "The lowest note that is welcome, as it sounds", 0, 127, "MIDI note",
                effect="rewrite"),
        Control("wish.high", "int", 88, "The highest note that is welcome, as it sounds", 0, 127, "MIDI note",
                effect="rewrite"),
        Control("wish.contour", "float", 1.0, "Of the candidates: how much their shape counts", 0.0, 4.0,
                effect="rewrite"),
        Control("wish.shape", "choice", "free", "The shape that a phrase should have",
                choices=("free", "rise", "fall", "arch", "dip"), effect="rewrite"),
        Control("search.lookahead", "int", 4, "How far ahead to compose", 1, 32, "bars", cc=23, effect="live"),
        Control("search.commit", "float", 1.0, "What is nearer than this is announced and never changes",
                0.0, 16.0, "quarter notes", cc=24, effect="live"),
        Control("harmony.on", "bool", True, "Whether the accompanying voices sound", cc=103, effect="voices"),
        Control("harmony.voices", "int", 3, "How many of them: the bass, bass and alto, or all three", 1, 3, cc=104,
                effect="voices"),
        Control("harmony.follow", "choice", "tune", "Whose melody they harmonise: the tune that is composed, or yours",
                choices=("tune", "played"), effect="voices"),
        Control("harmony.lead", "choice", "highest", "Which of your notes leads when you strike several together",
                choices=("highest", "newest"), effect="live"),
        Control("harmony.time", "choice", "clock", "What they keep time by while you play: the clock's bars, or your "
                "hands, whose first key after a silence begins a bar", choices=("clock", "hands"), effect="live"),
        Control("harmony.tactus", "choice", "auto", "The note value that counts as a chorale's beat; longer is calmer",
                choices=("auto", *TACTUS), effect="voices"),
        Control("harmony.temperature", "float", 0.7, "Of the voices' pitches: below 1 plays safe", 0.1, 2.0, cc=102,
                effect="voices"),
        Control("harmony.articulation", "float", 1.0, "Of when the voices move: below 1 they do the usual", 0.1, 2.0,
                cc=105, effect="voices"),
        Control("harmony.style", "float", 0.0, "Whose harmony: 0 is Bach's, 1 that of hymns by others, between them a "
                "mixture", 0.0, 1.0, effect="voices"),
        Control("harmony.beam", "int", 16, "Chords weighed at each step, of which the best sounds", 1, 32, "chords",
                effect="voices"),
        *(Control(f"harmony.expert.{name}", "float", 1.0, f"Weight of the expert on {what}: 0 silences it, below 0 "
                  "it breaks its own rule", -1.0, 2.0, cc=cc, effect="voices") for name, what, cc in TURNED),
        *(Control(f"harmony.heat.{name}", "float", 1.0, f"Temperature of the expert on {what}: above 1 it is less "
                  "sure which note, not when", 0.2, 5.0, curve="log", effect="voices") for name, what, _ in TURNED),
        Control("play.way", "choice", "listen", f"What your keys do: {described()}", choices=tuple(PLAY_MODES), cc=31,
                effect="live"),
        Control("play.ornament", "float", 0.0, "Cuts, rolls and triplets: none, or as many as there may be", 0.0, 1.0,
                cc=112, effect="live"),
        Control("play.lilt", "float", 0.0, "How unevenly the dance's own short notes are played; 0 is as written, 1 as "
                "players have them", 0.0, 1.5, cc=118, effect="live"),
        Control("play.phrasing", "float", 0.0, "How far phrases of four bars rise to their middle and ease at their "
                "close", 0.0, 1.0, cc=119, effect="live"),
        Control("play.rubato", "float", 0.0, "How far the beats of a phrase take their own time, which it makes up by "
                "its end; only while nobody else keeps the time or goes by ours", 0.0, 1.0, effect="live"),
        Control("play.human", "float", 0.0, "Milliseconds early or late as a hand is, the same for the same seed; 0 is "
                "exact", 0.0, 1.0, effect="live"),
        Control("play.swing", "float", 0.5, "Share of a beat that its first half has; 0.5 is even", 0.5, 0.75, cc=113,
                effect="live"),
        Control("play.lean", "float", 1.0, "How far dynamics lean on the beat; 0 is level", 0.0, 2.0, cc=114,
                effect="live"),
        Control("answer.bars", "int", 0, "Answer after so many bars of yours; 0 is when you stop", 0, 16, "bars",
                cc=115, effect="live"),
        Control("answer.wait", "float", 2.0, "You have stopped when you have been silent for so long", 0.5, 8.0,
                "beats", cc=116, effect="live"),
        Control("answer.time", "choice", "hands", "Whose time a phrase is heard and answered in: your hands', tempo "
                "and bars, or the clock's, as always where others play by it", choices=("hands", "clock"),
                effect="live"),
        Control("hold.limit", "choice", "classes", "What held keys limit: the pitch classes, or the range, lowest to "
                "highest", choices=("classes", "range"), cc=117, effect="compose"),
        Control("sound.level", "float", 0.8, "Level of the built-in synth", 0.0, 1.0, cc=25, effect="live"),
        *practice.practice_controls(),
        *input_controls(),
        *backing_controls(),
        *chord_controls(),
        Control("ensemble.melody", "choice", "rest", "Your melody while another Lilt leads: it rests, or plays the "
                "leader's tune along", choices=("rest", "play along"), effect="live"),
        Control("ensemble.ahead", "float", 4.0, "How much earlier who leads an ensemble announces, so that the others "
                "hear it in time", 0.0, 16.0, "quarter notes", effect="live"),
        Control("page.keys", "bool", True, "Whether keys of the page that nothing else sounds are heard, with the "
                "melody's voice", effect="live"),
        Control("page.sound", "bool", False, "Whether pages may sound what is played, in the browser", effect="live"),
        *voice_controls(),
        Control("setlist.go", "int", 1, "Go to this step of the set list; sent again it goes again", 1, 99, "step",
                effect="live"),
    )
}  # fmt: skip


#: what a change of a control does, and when it is heard
EFFECTS = {
    "live": "heard at once",
    "compose": "the tune goes on another way from the first bar that is not announced",
    "rewrite": "the tune is written anew from the first bar that is not announced",
    "plan": "its form is drawn anew, and it is written anew from there",
    "voices": "the composed tune gets other voices from there",
    "arrange": "the bars that are not announced are laid out anew",
}
#: headings of the groups that names begin with
GROUPS = {
    "tune": "The tune", "form": "Its form", "set": "Sets", "loop": "Loops", "temp": "Temporary changes",
    "transport": "Beginning and moving", "click": "The click", "clock": "Time", "search": "The search",
    "wish": "Choice of candidates",
    "harmony": "Harmony", "chords": "Chords", "backing": "The backing",
    "play": "Playing", "answer": "Answers", "hold": "Held notes", "sound": "Sound", "page": "The page",
    "ensemble": "The ensemble", "voice": "The mixer", "setlist": "The set list", **practice.GROUPS, **HEADING,
}  # fmt: skip


def _having(*effects: str) -> tuple[str, ...]:
    return tuple(name for name, control in CONTROLS.items() if control.effect in effects)


FORMING = _having("plan")  #: controls that draw the form anew
REWRITING = _having("plan", "rewrite")  #: controls that write the tune anew
COMPOSING = _having("plan", "rewrite", "compose", "voices", "arrange")  #: controls that are a reason to think again
LOOPING = tuple(name for name in CONTROLS if name.startswith("loop."))  #: controls of bars that come again


@dataclass(frozen=True, slots=True)
class Action:
    """Something done once. name: dotted; its OSC address takes no argument or one number (>= 0.5 fires)."""

    name: str
    help: str

    @property
    def address(self) -> str:
        return "/lilt/" + self.name.replace(".", "/")


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("transport.play", "Start, or go on from where it stopped"),
        Action("transport.stop", "Stop; every note is ended"),
        Action("transport.rewind", "Go to the top of the song, playing or not"),
        Action(
            "transport.arm",
            "Stop, and stand ready at the top of the song: it begins on the next bar of a clock that leads",
        ),
        Action("clock.tap", "Tap the tempo, a tap a beat; from the third on the beat is yours too"),
        Action("tune.new", "A new tune from the next uncommitted bar"),
        Action("set.last", "This time through is the last: an ending is composed for it; again takes it back"),
        Action("set.next", "On to the next tune at the end of this part; again takes it back"),
        Action("transport.fade", "Fade away, then stop; again takes it back"),
        Action("tune.back", "The tune before this one again, note for note from its top, with the controls it had"),
        Action("loop.begin", "The loop begins with the bar that sounds"),
        Action("loop.end", "The loop ends with the bar that sounds"),
        Action("undo", "Take back the last change of controls; the music goes on as if it had not been made"),
        Action("redo", "Make the change again that was taken back last"),
        Action("tune.keep", "Keep the tune that sounds, in the tunebook"),
        Action("page.qr", "Show the page's address as a QR code in the terminal, for a phone"),
        Action("patch.save", "Save everything as it stands as a patch, named after the one that plays and the day"),
        Action("tune.like", "A new tune like the one that sounds: its first bars, dance, mode and plan"),
        Action("repertoire.next", "On to the next tune of the repertoire, from the bar that is not announced"),
        Action("repertoire.back", "Back to the tune of the repertoire before"),
        Action("setlist.next", "On to the next step of the set list, from the bar that is not announced"),
        Action("setlist.back", "Back to the step of the set list before"),
        Action("ensemble.lead", "Take the lead of the ensemble, a bar behind what is announced"),
        Action("ensemble.next", "Hand the lead of the ensemble on to the next of its members"),
        Action("midi.learn", "Learn a knob: then touch a control, then move the knob; once more to leave it"),
        Action("midi.forget", "Forget the knob of the control that was touched last"),
        Action("panic", "End every note now; twice within a second ends all 128 on all channels"),
    )
}
