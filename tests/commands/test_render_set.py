"""Controls that are turned before a rendering begins: those of voices make other voices, as a patch would."""

from __future__ import annotations

import pytest

from instrument.commands.music import _as_set, _turned
from instrument.files.patch import find
from instrument.rig.setup import sounds


def test_a_voices_level_sound_and_mute_are_those_that_are_set() -> None:
    patch = _as_set(find("session"), dict(map(_turned, ("voice.guitar.level=0.7", "voice.melody.mute=true"))))
    before, heard = sounds(find("session")), sounds(patch)
    channel = patch.voices["guitar"].channel
    assert heard[channel].level == 0.7 and before[channel].level == 0.2
    assert heard[patch.voices["melody"].channel].level == 0
    assert patch.voices["bodhran"] == find("session").voices["bodhran"]


def test_a_voice_is_switched_on_and_off() -> None:
    patch = _as_set(find("session"), dict(map(_turned, ("voice.piano.on=true", "voice.guitar.on=false"))))
    assert set(patch.voices) == {"melody", "piano", "double_bass", "bodhran"}
    drone = _as_set(find("session"), dict(map(_turned, ("voice.drone.on=true", "voice.drone.notes=tonic"))))
    assert drone.drone == "tonic" and "drone" in drone.voices


def test_what_is_not_of_voices_leaves_them_as_the_patch_has_them() -> None:
    patch = _as_set(find("chorale"), dict([_turned("clock.bpm=90")]))
    assert patch.voices == find("chorale").voices and patch.values["clock.bpm"] == 90


def test_two_voices_on_one_channel_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"voice\.melody\.channel = 7 is another voice's too"):
        _as_set(find("session"), dict([_turned("voice.melody.channel=7")]))
