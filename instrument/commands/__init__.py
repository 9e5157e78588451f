"""Every command besides playing, in the order that `--help` lists them."""

from instrument.commands.command import Command
from instrument.commands.machine import BENCH, CONTROLLERS, DOCS, DOCTOR, PORTS
from instrument.commands.models import EVALUATE, IMPORT, TRAIN
from instrument.commands.music import PATCHES, RENDER, REPLAY, TUNES
from instrument.commands.questions import EXPLAIN, PLOT, STUDY
from instrument.commands.save import SAVE

COMMANDS: tuple[Command, ...] = (
    PATCHES, SAVE, RENDER, TUNES, REPLAY, EXPLAIN, PLOT, STUDY, TRAIN, IMPORT, EVALUATE, PORTS, BENCH, DOCTOR,
    CONTROLLERS, DOCS,
)  # fmt: skip
