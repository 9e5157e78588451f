"""Command line of Lilt: what is typed becomes one command, and the exit status says how it went.

Each command imports only what it needs, so that the first note does not wait for torch. Nothing else
prints, and this does so through `Terminal`; the commands besides playing stand in a table in `instrument.commands`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from instrument import __version__
from instrument.commands import COMMANDS
from instrument.commands.command import Command, Say, json_option, positive
from instrument.commands.command_line import mend_of, refusal, with_command
from instrument.files.shipped import patch_names
from instrument.ports.system.terminal import Terminal


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 failed while running, 2 wrongly asked."""
    argv = with_command(list(sys.argv[1:] if argv is None else argv))
    if argv[0] == "play" and len(argv) > 1 and (strange := refusal(argv[1])):
        return complain(strange)
    parser = _parser()
    complete(parser)
    args = parser.parse_args(argv)
    plays = args.command is None or getattr(args, "replay", False)
    terminal = Terminal(sys.stdout, live=plays)
    try:
        return _play(args, terminal.say) if args.command is None else _run(args.command, args, terminal.say)
    except ImportError as error:
        terminal.close()
        return complain(mend_of(error))
    except (ValueError, OSError, RuntimeError) as error:
        # what the player asked for cannot be had; whatever else goes wrong keeps its traceback
        terminal.close()
        return complain(" ".join(str(error).split()))
    except KeyboardInterrupt:
        return 130
    finally:
        terminal.close()


def complete(parser: argparse.ArgumentParser) -> None:
    """Shell completion, where the shell asks for it and argcomplete is installed (extra `completion`)."""
    if "_ARGCOMPLETE" in os.environ:
        from argcomplete import autocomplete

        autocomplete(parser)


def complain(line: str) -> int:
    """One line of what cannot be had. Returns the status that says so."""
    complaints = Terminal(sys.stderr, live=False)
    complaints.say(f"lilt: {line}")
    complaints.close()
    return 2


def _run(command: Command, args: argparse.Namespace, say: Say) -> int:
    result = command.run(args, say)
    if result.table:
        _table(result.figures, say)
    if command.figures:
        _write_json(args.json, result.figures, say)
    return result.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lilt", description="Lilt composes folk tunes ahead of the beat and plays them.",
        epilog="With no command it plays: lilt jig --bars 32. lilt patches lists what there is to play; "
        "lilt COMMAND --help says more of a command.",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"lilt {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    names = ", ".join(patch_names())
    _play_arguments(commands.add_parser("play", help="play a patch (the default)", epilog=f"Patches: {names}."))
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.help)
        own.set_defaults(command=command)
        command.arguments(own)
        if command.figures:
            json_option(own)
    return parser


def _play_arguments(play: argparse.ArgumentParser) -> None:
    from instrument.commands.ensemble.play_options import add as add_ensemble
    from instrument.commands.microphone.play_options import add as add_microphone

    play.set_defaults(command=None)
    play.add_argument("patch", nargs="?", default="first", help="a patch's name or file (default: first), or known "
                      "tunes: an ABC file, a tunebook, a folder of them")  # fmt: skip
    play.add_argument("number", nargs="?", metavar="X", help="of an ABC file, the X: of the tune to begin with")
    play.add_argument("--patch", dest="with_patch", metavar="NAME", help="which patch plays known tunes (default: that "
                      "of their dance)")  # fmt: skip
    play.add_argument("--setlist", metavar="NAME", help="begin with the first step of a set list: "
                      "patches/sets/NAME.toml, or a file")  # fmt: skip
    play.add_argument("--bars", type=positive, metavar="N", help="end after N bars")
    play.add_argument("--seed", type=int, help="which tune; the same seed gives the same tune")
    play.add_argument("--midi", action="append", default=[], metavar="NAME", help="a MIDI output, by part of its name; "
                      "again for another")  # fmt: skip
    play.add_argument("--input", action="append", default=[], metavar="NAME[=ROLE]", help="a MIDI input, likewise, and "
                      "what its keys are for: melody (the default), chords, control, or a voice, as bass")  # fmt: skip
    play.add_argument("--listen", action="append", default=[], metavar="NAME", help="a MIDI input where somebody else "
                      "plays, whose notes tell the backing what the chord is")  # fmt: skip
    add_microphone(play)
    play.add_argument("--virtual", action="store_true", help="open a MIDI output and an input of our own, named Lilt")
    play.add_argument("--thru", action="store_true", help="what is played on the inputs goes on to the outputs")
    play.add_argument("--rig", type=Path, metavar="FILE.toml", help="ports, offsets, thru and knobs from a file "
                      "(default: rig.toml, where there is one)")  # fmt: skip
    play.add_argument("--synth", type=Path, metavar="FILE.sf2", help="sound through a SoundFont")
    play.add_argument("--no-sound", action="store_true", help="leave the sound card alone")
    play.add_argument("--record", action="store_true", help="record as well: WAV and MIDI")
    play.add_argument("--recordings", type=Path, default=Path("recordings"), metavar="DIR")
    play.add_argument("--no-log", action="store_true", help="keep no session log (they are kept with the recordings)")
    play.add_argument("--osc-host", default="127.0.0.1", help="0.0.0.0 lets a tablet in (default: this machine only)")
    play.add_argument("--osc-port", type=int, default=9127)
    play.add_argument("--osc-allow", action="append", default=[], metavar="ADDRESS", help="who may steer it from "
                      "another machine, as 192.168.1.0/24; again for another (default: private networks)")  # fmt: skip
    play.add_argument("--no-pairing", action="store_true", help="let other machines steer it without the code that is "
                      "shown at the start")  # fmt: skip
    play.add_argument("--no-time-tags", action="store_true", help="OSC bundles happen when they arrive, not at their "
                      "time tags")  # fmt: skip
    play.add_argument("--page-host", default="127.0.0.1", help="0.0.0.0 serves the page to a phone, too")
    play.add_argument("--page-port", type=int, help="of the web page (default: 9128, or any if that is taken)")
    play.add_argument("--no-zeroconf", action="store_true", help="do not tell the network where we are")
    play.add_argument("--weights", type=Path, help="a folk model other than the shipped one")
    play.add_argument("--experts", type=Path, help="accompanying experts other than the shipped ones")
    play.add_argument("--device", default="auto", help="where the model runs: auto, cpu, cuda or mps")
    play.add_argument("--thinker", default="", metavar="CLUSTER", help="compose on a Ray cluster, with this machine to "
                      "fall back on: ray://HOST:10001, or local (docs/cluster.md)")  # fmt: skip
    add_ensemble(play)
    play.add_argument("--precision", default="float32", help="of the model: float32, bfloat16 or int8")
    json_option(play)


def _write_json(target: Path | None, figures: Mapping[str, object], say: Say) -> None:
    if target is None:
        return
    text = json.dumps(figures, indent=1)
    if str(target) == "-":
        say(text)
    else:
        target.write_text(text + "\n", encoding="utf-8")


def _table(figures: Mapping[str, object], say: Say) -> None:
    width = max(map(len, figures), default=0)
    for name, value in figures.items():
        say(f"{name:<{width}}  {value:.4g}" if isinstance(value, float) else f"{name:<{width}}  {value}")


def _play(args: argparse.Namespace, say: Say) -> int:
    from dataclasses import replace

    from instrument.commands.ensemble.play_options import ensemble
    from instrument.commands.microphone.play_options import microphone
    from instrument.commands.tunebook.known import line_of, patch_for
    from instrument.controls.devices.plugged import NOTHING
    from instrument.controls.input_controls import PLAYED
    from instrument.files.rig_file import asked_for, load
    from instrument.files.setlist_file import find_setlist
    from instrument.playing.time.clock import SystemClock
    from instrument.ports.recording.recorder import recorded
    from instrument.ports.system.free_memory import give_back_free_memory, keep_one_heap
    from instrument.ports.web.qr_code import when
    from instrument.rig.accompanist_service import check as check_experts
    from instrument.rig.child_processes import heed_signals
    from instrument.rig.conductor import Conductor
    from instrument.rig.setup import Rig, check
    from instrument.thinking.model.model_choice import ModelChoice

    keep_one_heap()
    setlist = find_setlist(args.setlist) if args.setlist else None
    patch = setlist.steps[0].begun if setlist else patch_for(args.patch, args.number, args.with_patch)
    file = args.rig or Path("rig.toml")
    plugged = load(file) if args.rig or file.exists() else NOTHING
    plugged += asked_for(args.midi, args.input, args.virtual, args.thru, args.listen)
    plugged = replace(plugged, microphone=microphone(args, plugged.microphone))
    rig = Rig(
        plugged, args.synth, args.no_sound, args.record, recordings=args.recordings, log=not args.no_log,
        bars=args.bars, osc_host=args.osc_host, osc_port=args.osc_port,
        page_host=args.page_host, page_port=args.page_port, allow=tuple(args.osc_allow), announce=not args.no_zeroconf,
        pairing=not args.no_pairing, time_tags=not args.no_time_tags,
        model=ModelChoice(args.weights, args.device, args.precision),
        experts=args.experts, thinker=args.thinker, ensemble=ensemble(args), file=file, qr=when(sys.stdout),
        setlist=setlist,
    )  # fmt: skip
    check(rig, patch)
    check_experts(patch, rig.experts)
    if args.device in ("cuda", "mps"):
        from instrument.networks.folk.device import device_named

        device_named(args.device)

    conductor = Conductor(patch, rig, say, seed=args.seed)
    snapshot = conductor.snapshot
    say(
        f"playing {patch.name}: {snapshot.key}, {snapshot.meter}, {snapshot.number('clock.bpm'):g} bpm, "
        f"seed {snapshot.seed}"
    )
    if line := line_of(patch):
        say(line)
    for one in plugged.inputs:
        if one.role in PLAYED and one.role not in patch.voices:
            say(f"{one.name} plays {one.role}, which {patch.name} has not; /lilt/voice/{one.role}/on brings it")
    if patch.source == "played" and not plugged.inputs and plugged.microphone is None:
        say("nothing plays but you: add --input NAME (lilt ports says what there is), --mic, or --virtual")
    heed_signals(conductor.stop)
    give_back_free_memory(SystemClock())
    status = conductor.run()
    if files := recorded(conductor.recording):
        say(f"recorded {' and '.join(map(str, files))}")
    _write_json(args.json, conductor.figures, say)
    return status
