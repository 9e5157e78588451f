"""`ports`, `bench`, `doctor` and `controllers`: this machine, and what is plugged into it."""

from __future__ import annotations

import argparse
from pathlib import Path

from instrument.commands.command import Command, Result, Say, positive


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def _ports(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.doctor import ports

    found = ports()
    for kind, names in found.items():
        say(f"{kind}:" + ("" if names else " none"))
        for name in names:
            say(f"  {name}")
    return Result(found)


def _bench_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", help="start, think, tree, time, accompany, control; on "
                        "demand answer, band, mic, device (a GPU), soak and memory (an hour), fuzz, watch, storm, "
                        "recordings (default: all but those)")  # fmt: skip
    parser.add_argument("--seconds", type=positive, default=60, help="how long those that play go on")


def _bench(args: argparse.Namespace, say: Say) -> Result:
    from instrument.workshop.benchmarks import BENCHES, ON_DEMAND, bench

    unknown = set(args.names) - set(BENCHES)
    if unknown:
        raise ValueError(f"no bench named {sorted(unknown)[0]}; there is {', '.join(BENCHES)}")
    names = args.names or [name for name in BENCHES if name not in ON_DEMAND]
    return Result(bench(names, args.seconds, say), table=True)


def _doctor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--loop", nargs=2, metavar=("OUT", "IN"), help="a MIDI output and an input joined by a cable: "
                        "its latency is measured and written into the rig file")  # fmt: skip
    parser.add_argument("--rig", type=Path, metavar="FILE.toml", help="that file (default: rig.toml)")
    parser.add_argument("--mic", nargs="?", const="", metavar="DEVICE", help="measure a microphone: noise, level, "
                        "latency; play when it says so")  # fmt: skip
    parser.add_argument("--mic-instrument", default="any", metavar="NAME", help="what is played before it")


def _doctor(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.doctor import examine, microphone

    joined = (args.loop[0], args.loop[1]) if args.loop else None
    findings = examine(joined, args.rig or (Path("rig.toml") if joined else None))
    if args.mic is not None:
        findings += microphone(args.mic, args.mic_instrument, say)
    for finding in findings:
        say(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.what}")
        if not finding.ok:
            say(f"         {finding.mend}")
    return Result({f.name: f.ok for f in findings}, status=0 if all(f.ok or not f.needed for f in findings) else 1)


def _controllers(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.controller_files import write

    for path in write():
        say(str(path))
    return Result()


def _docs(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.documents import write

    for path in write() or [Path("every document is current")]:
        say(str(path))
    return Result()


PORTS = Command("ports", "list MIDI ports and sound cards", _no_arguments, _ports)
BENCH = Command("bench", "measure this machine", _bench_arguments, _bench)
DOCTOR = Command("doctor", "say what is missing and how to mend it", _doctor_arguments, _doctor)
CONTROLLERS = Command(
    "controllers", "write the files for touch surfaces and DAWs", _no_arguments, _controllers, figures=False
)
DOCS = Command("docs", "write docs/controls.md, docs/map.md and the README's table from the code", _no_arguments, _docs,
               figures=False)  # fmt: skip
