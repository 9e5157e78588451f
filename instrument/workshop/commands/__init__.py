"""Every command besides playing, in the order that `--help` lists them."""

from instrument.workshop.commands.command import Command
from instrument.workshop.commands.machine import BENCH, CONTROLLERS, DOCTOR, PORTS
from instrument.workshop.commands.models import EVALUATE, IMPORT, TRAIN
from instrument.workshop.commands.music import PATCHES, RENDER, REPLAY, TUNES
from instrument.workshop.commands.questions import EXPLAIN, PLOT, STUDY
from instrument.workshop.commands.saving import SAVE

COMMANDS: tuple[Command, ...] = (
    PATCHES, SAVE, RENDER, TUNES, REPLAY, EXPLAIN, PLOT, STUDY, TRAIN, IMPORT, EVALUATE, PORTS, BENCH, DOCTOR,
    CONTROLLERS,
)  # fmt: skip
