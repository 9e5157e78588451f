"""Four voices on a grid: the tokens that every expert speaks, the voices, the order in which they are decided.

One step is a quarter of a beat. A voice's token at a step is REST, HOLD, or the onset of a pitch 33..88: 58
tokens. Silence is REST at each of its steps; HOLD follows a sounding note only. The lower voices are decided
bass, tenor, alto, each knowing the soprano and what was decided before it at this step, and of every voice
only what has been.

Without torch: the accompanist reads this while it plays.
"""

from __future__ import annotations

SOPRANO, ALTO, TENOR, BASS = range(4)
NAMES = ("soprano", "alto", "tenor", "bass")

REST, HOLD, ONSET = 0, 1, 2  #: tokens, and kinds of token: an onset is ONSET + pitch - LOWEST
LOWEST, HIGHEST = 33, 88  #: MIDI pitches the models speak of
PITCHES = HIGHEST - LOWEST + 1
TOKENS = ONSET + PITCHES  #: 58

STEPS = 4  #: a beat

#: which voices a voice knows at the step that it is decided for; in this order its views are laid out
KNOWN = {BASS: (SOPRANO,), TENOR: (SOPRANO, BASS), ALTO: (SOPRANO, TENOR, BASS)}
CHAIN = (BASS, TENOR, ALTO)  #: the order of decision

#: lowest and highest pitch of each voice as Bach's singers have them
RANGES = {SOPRANO: (60, 81), ALTO: (53, 74), TENOR: (48, 69), BASS: (36, 64)}

HORIZONS = (0, 4, 16)  #: steps of melody that a harmoniser may know ahead: live, a beat, a bar


def token(pitch: int) -> int:
    """The token of an onset. Raises ValueError outside 33..88."""
    if not LOWEST <= pitch <= HIGHEST:
        raise ValueError(f"pitch {pitch} is outside {LOWEST}..{HIGHEST}")
    return ONSET + pitch - LOWEST


def pitch(token: int) -> int | None:
    """The pitch that a token starts, None for REST and HOLD."""
    return token - ONSET + LOWEST if token >= ONSET else None
