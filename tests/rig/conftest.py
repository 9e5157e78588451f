"""Fixtures of whole rigs: programs on a JACK server of their own."""

from tests.fakes.clock_rig import rig as rig
