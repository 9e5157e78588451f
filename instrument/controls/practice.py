"""Controls of known tunes and of practice, as rows of the table, and the tempo that they leave of the one asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from instrument.controls.control import Control, Value

SLOWEST = 10.0  #: quarter notes a minute
GROUPS = {"repertoire": "Known tunes", "practice": "Practice"}  #: their headings


def known_controls() -> Iterator[Control]:
    """Of tunes that somebody wrote."""
    yield Control(
        "tune.known", "bool", False, "Play the tunes of the repertoire, as they are written; off composes new ones",
        effect="compose",
    )  # fmt: skip
    yield Control(
        "tune.vary", "float", 0.0, "Of a tune of the repertoire: share of its bars that the model draws anew, each "
        "time through others; 0 is as it is written", 0.0, 1.0, effect="compose",
    )  # fmt: skip
    yield Control(
        "repertoire.go", "int", 1, "Go to this tune of the repertoire; sent again it goes again", 1, 20_000, "tune",
        effect="live",
    )  # fmt: skip


def practice_controls() -> Iterator[Control]:
    """Of learning a tune slowly, phrase by phrase."""
    yield Control(
        "practice.speed", "float", 100.0, "How fast, of the tempo that is set; a clock that leads keeps its own", 20.0,
        200.0, "percent", effect="live",
    )  # fmt: skip
    yield Control(
        "practice.step", "float", 0.0, "By how much practice.speed rises each time; 0 stays", 0.0, 50.0, "percent",
        effect="live",
    )  # fmt: skip
    yield Control(
        "practice.rounds", "int", 1, "After how many rounds it rises: times through the tune, or passes of the loop", 1,
        16, "rounds", effect="live",
    )  # fmt: skip
    yield Control(
        "practice.goal", "float", 100.0, "Up to where it rises", 20.0, 200.0, "percent", effect="live"
    )  # fmt: skip
    yield Control(
        "practice.phrase", "int", 0, "So many bars are played, then as many left to you, over the other voices; 0 "
        "plays on", 0, 32, "bars", effect="compose",
    )  # fmt: skip
    yield Control(
        "practice.ornaments", "bool", True, "Ornaments as play.ornament has them; off shows the plain tune",
        effect="live",
    )  # fmt: skip
    yield Control(
        "practice.melody", "bool", True, "Whether the melody sounds; off leaves it to you, over the other voices",
        effect="live",
    )  # fmt: skip


def tempo_of(values: Mapping[str, Value]) -> float:
    """Quarter notes a minute at which we play by ourselves: the tempo that is set, at the speed of practice. Pure."""
    bpm, speed = values["clock.bpm"], values.get("practice.speed", 100.0)
    return max(SLOWEST, float(bpm) * float(speed) / 100)
