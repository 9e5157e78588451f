"""Controls of the chords: whether they are chosen, how, and a fader and a heat for each expert on them."""

from __future__ import annotations

from instrument.controls.control import Control

#: expert, what it knows
CHORD_EXPERTS = (
    ("melody", "the notes of the melody"), ("grammar", "the chords of the mode"), ("bass", "how the bass moves"),
    ("cadence", "the place in the part"), ("change", "when chords change"), ("last time", "what was played last time"),
)  # fmt: skip


def chord_controls() -> tuple[Control, ...]:
    """Rows for the table of controls."""
    experts = [(name.replace(" ", "_"), what) for name, what in CHORD_EXPERTS]
    return (
        Control("backing.on", "bool", True, "Whether the backing plays: chords are chosen where a patch has who plays "
                "them", effect="voices"),
        Control("chords.show", "bool", False, "Choose and name the chords even where nobody here plays them",
                effect="voices"),
        Control("chords.temperature", "float", 0.0, "0 plays the likeliest chords; above it they are drawn, the more "
                "freely the higher", 0.0, 3.0, effect="voices"),
        Control("chords.rate", "float", 1.0, "How readily the chords change: 1 as backers do, below it calmer",
                0.1, 4.0, curve="log", effect="voices"),
        Control("chords.open", "float", 0.3, "How often open fifths stand for chords whose third the tune leaves open: "
                "0 never, 1 everywhere", 0.0, 1.0, effect="voices"),
        Control("chords.sevenths", "float", 0.5, "How likely sevenths are: 0 never, 1 as in Nottingham's books",
                0.0, 2.0, effect="voices"),
        Control("chords.slash", "float", 1.0, "How likely another note than the root is in the bass: 0 never",
                0.0, 4.0, effect="voices"),
        *(Control(f"chords.expert.{name}", "float", 1.0, f"Weight of the chords' expert on {what}: 0 silences it, "
                  "below 0 it breaks its own rule", -1.0, 2.0, effect="voices") for name, what in experts),
        *(Control(f"chords.heat.{name}", "float", 1.0, f"Temperature of the chords' expert on {what}: above 1 it is "
                  "less sure", 0.2, 5.0, curve="log", effect="voices") for name, what in experts),
    )  # fmt: skip
