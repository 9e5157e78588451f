"""Fixtures of whole rigs: programs on a JACK server of their own, a checkpoint of the original folk-rnn."""

from tests.fakes.checkpoints import original as original
from tests.fakes.clock_rig import rig as rig
