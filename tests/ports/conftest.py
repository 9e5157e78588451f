"""Fixtures of the ports: a player's loop and an OSC server in virtual time."""

from tests.fakes.osc_show import show as show
from tests.fakes.player_loop import wire as wire
