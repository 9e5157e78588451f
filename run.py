#!/usr/bin/env python3
"""Lilt's command line. `python run.py` plays; `python run.py --help` says what else there is.

Each command imports only what it needs, so that the first note does not wait for torch. This is the only
file that prints.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

COMMANDS = (
    "play", "render", "ports", "train", "evaluate", "study", "plot", "bench", "doctor", "replay", "controllers",
    "explain", "tunes",
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 failed while running, 2 wrongly asked."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv or (argv[0] not in COMMANDS and argv[0] not in ("-h", "--help")):
        argv = ["play", *argv]
    args = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = args.command
    try:
        return command(args)
    except (ValueError, OSError, RuntimeError) as error:
        # what the player asked for cannot be had; whatever else goes wrong keeps its traceback
        print(f"lilt: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    from instrument.workshop.tune_commands import tune_options, tunes_options

    parser = argparse.ArgumentParser(
        prog="lilt", description="Lilt composes folk tunes ahead of the beat and plays them.",
        epilog="With no command it plays: lilt jig --bars 32",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    play = commands.add_parser("play", help="play a patch (the default)")
    play.set_defaults(command=_play)
    play.add_argument("patch", nargs="?", default="first", help="a patch's name or file (default: first)")
    play.add_argument("--bars", type=_positive, metavar="N", help="end after N bars")
    play.add_argument("--seed", type=int, help="which tune; the same seed gives the same tune")
    play.add_argument("--midi", action="append", default=[], metavar="NAME", help="a MIDI output, by part of its name; "
                      "again for another")  # fmt: skip
    play.add_argument("--input", action="append", default=[], metavar="NAME", help="a MIDI input, likewise")
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
    play.add_argument("--page-host", default="127.0.0.1", help="0.0.0.0 serves the page to a phone, too")
    play.add_argument("--page-port", type=int, help="of the web page (default: 9128, or any if that is taken)")
    play.add_argument("--no-zeroconf", action="store_true", help="do not tell the network where we are")
    play.add_argument("--weights", type=Path, help="a folk model other than the shipped one")
    play.add_argument("--experts", type=Path, help="accompanying experts other than the shipped ones")
    play.add_argument("--device", default="auto", help="where the model runs: auto, cpu, cuda or mps")
    play.add_argument("--precision", default="float32", help="of the model: float32, bfloat16 or int8")
    _json(play)

    render = commands.add_parser("render", help="compose into files: MIDI, WAV and ABC")
    render.set_defaults(command=_render)
    render.add_argument("patch", nargs="?", default="first")
    render.add_argument("--bars", type=_positive, default=32, metavar="N")
    render.add_argument("--seed", type=int, default=1)
    render.add_argument("--out", type=Path, default=Path("recordings/render"), metavar="DIR")
    render.add_argument("--weights", type=Path)
    _json(render)

    ports = commands.add_parser("ports", help="list MIDI ports and sound cards")
    ports.set_defaults(command=_ports)
    _json(ports)

    train = commands.add_parser("train", help="train a model: folk, chorale, first (voice); or index the tunes")
    train.set_defaults(command=_train)
    train.add_argument("model", choices=("folk", "chorale", "first", "index"))
    train.add_argument("abc", nargs="*", type=Path, help="ABC files or folders besides what pip brings")
    train.add_argument("--epochs", type=_positive)
    train.add_argument("--recipe", default="lilt", help="folk: lilt, folk-rnn, or one of the tries")
    train.add_argument("--tries", nargs="*", metavar="NAME", help="folk: recipes side by side, then their students")
    train.add_argument("--prepare", type=Path, metavar="FILE", help="folk: only write the tunes as numbers, to train "
                       "elsewhere")  # fmt: skip
    train.add_argument("--tokens", type=Path, metavar="FILE", help="folk: train on the tunes in this file")
    train.add_argument("--precision", choices=("float32", "bfloat16", "float16"), default="float32", help="folk: tries")
    train.add_argument("--speed", action="store_true", help="folk: only measure tokens a second, by way of training")
    train.add_argument("--device", default="auto", help="auto, cpu or cuda")
    train.add_argument("--threads", type=_positive, default=1)
    train.add_argument("--minutes", type=float, default=14.0, help="chorale, tries: end after so many")
    train.add_argument("--plan", default="shared", help="chorale: shared, separate, single, or an expert's name")
    train.add_argument("--hidden", type=_positive, default=256, help="chorale: units of a recurrent network")
    train.add_argument("--noise", type=_positive, default=0, help="chorale: random inputs (seed 003's idea)")
    train.add_argument("--teachers", type=_positive, default=0, help="chorale: first train so many to learn from")
    train.add_argument("--rivals", action="store_true", help="chorale: train what it is compared with instead")
    train.add_argument("--voices", nargs="+", default=["bass", "tenor", "alto"], choices=("bass", "tenor", "alto"),
                       help="chorale: of the rivals")  # fmt: skip
    train.add_argument("--at-once", type=_positive, default=3, help="chorale: trainings side by side")
    train.add_argument("--work", type=Path, default=Path("build/train"), help="checkpoints and lists")
    train.add_argument("--out", type=Path, help="where the weights go (default: the shipped place)")

    evaluate = commands.add_parser("evaluate", help="measure a model: folk, chorale")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("model", choices=("folk", "chorale"))
    evaluate.add_argument("--tunes", type=_positive, default=1000)
    evaluate.add_argument("--weights", type=Path)
    evaluate.add_argument("--card", action="store_true", help="write the figures into the model card too")
    _json(evaluate)

    study = commands.add_parser("study", help="ask a model a question: beam, precision, experts, inside")
    study.set_defaults(command=_study)
    study.add_argument("question", choices=("beam", "precision", "experts", "inside"))
    study.add_argument("--tunes", type=_positive, default=200, help="beam: tunes a setting")
    study.add_argument("--jobs", type=_positive, default=1, help="beam: processes, of one thread each")
    study.add_argument("--pages", action="store_true", help="beam: only draw again what was measured before")
    study.add_argument("--out", type=Path, default=Path("docs/beam"), metavar="DIR")
    study.add_argument("--weights", type=Path)
    _json(study)

    plot = commands.add_parser("plot", help="draw: experts (what each says of a chorale, and their product), "
                               "activations (the folk model inside, while it generates a tune)")  # fmt: skip
    plot.set_defaults(command=_plot)
    plot.add_argument("what", choices=("experts", "activations"))
    tune_options(plot)
    plot.add_argument("--voice", choices=("alto", "tenor", "bass"), default="alto")
    plot.add_argument("--chorale", default="bwv227.1", help="its file in music21's corpus")
    plot.add_argument("--weights", type=Path)
    plot.add_argument("--out", type=Path, metavar="PATH", help="a file for experts, a folder for activations")
    _json(plot)

    explain = commands.add_parser("explain", help="say of one tune what it is: counting, form, newness")
    explain.set_defaults(command=_explain)
    tune_options(explain)
    explain.add_argument("--weights", type=Path)
    _json(explain)

    tunes = commands.add_parser("tunes", help="the tunes that were kept: listed, exported, played again")
    tunes.set_defaults(command=_tunes)
    tunes_options(tunes)

    bench = commands.add_parser("bench", help="measure this machine: start, think")
    bench.set_defaults(command=_bench)
    bench.add_argument("names", nargs="*", help="start, think (default: all)")
    bench.add_argument("--seconds", type=_positive, default=60, help="how long `think` plays")
    _json(bench)

    replay = commands.add_parser("replay", help="play a session log again and compare the bytes")
    replay.set_defaults(command=_replay)
    replay.add_argument("log", type=Path)

    doctor = commands.add_parser("doctor", help="say what is missing and how to mend it")
    doctor.set_defaults(command=_doctor)
    doctor.add_argument("--loop", nargs=2, metavar=("OUT", "IN"), help="a MIDI output and an input joined by a cable: "
                        "its latency is measured and written into the rig file")  # fmt: skip
    doctor.add_argument("--rig", type=Path, metavar="FILE.toml", help="that file (default: rig.toml)")
    _json(doctor)

    controllers = commands.add_parser("controllers", help="write the files for touch surfaces and DAWs")
    controllers.set_defaults(command=_controllers)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is below 1")
    return number


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, - for the terminal")


def _write_json(target: Path | None, figures: Mapping[str, object]) -> None:
    if target is None:
        return
    text = json.dumps(figures, indent=1)
    if str(target) == "-":
        print(text)
    else:
        target.write_text(text + "\n", encoding="utf-8")


def _table(figures: Mapping[str, object]) -> None:
    width = max(map(len, figures), default=0)
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:.4g}" if isinstance(value, float) else f"{name:<{width}}  {value}")


def _play(args: argparse.Namespace) -> int:
    import signal

    from instrument.conductor import Conductor
    from instrument.controls.patch import find
    from instrument.controls.rig_file import NOTHING, asked_for, load
    from instrument.quartet import check as check_experts
    from instrument.rig import Rig, check
    from instrument.thinking.choice import ModelChoice

    patch = find(args.patch)
    file = args.rig or Path("rig.toml")
    plugged = load(file) if args.rig or file.exists() else NOTHING
    plugged += asked_for(args.midi, args.input, args.virtual, args.thru)
    rig = Rig(
        plugged, args.synth, args.no_sound, args.record, recordings=args.recordings, log=not args.no_log,
        bars=args.bars, osc_host=args.osc_host, osc_port=args.osc_port,
        page_host=args.page_host, page_port=args.page_port, allow=tuple(args.osc_allow), announce=not args.no_zeroconf,
        model=ModelChoice(args.weights, args.device, args.precision),
        experts=args.experts, file=file,
    )  # fmt: skip
    check(rig, patch)
    check_experts(patch, rig.experts)
    if args.device in ("cuda", "mps"):
        from instrument.networks.device import device_named

        device_named(args.device)

    def say(line: str) -> None:
        print(line, flush=True)

    conductor = Conductor(patch, rig, say, seed=args.seed)
    snapshot = conductor.snapshot
    say(
        f"playing {patch.name}: {snapshot.key}, {snapshot.meter}, {snapshot.number('clock.bpm'):g} bpm, "
        f"seed {snapshot.seed}"
    )
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: conductor.stop())
    status = conductor.run()
    if conductor.recording:
        say(f"recorded {conductor.recording}.wav and {conductor.recording}.mid")
    _write_json(args.json, conductor.figures)
    return status


def _render(args: argparse.Namespace) -> int:
    from instrument.controls.patch import find
    from instrument.workshop.render import render

    figures = render(find(args.patch), args.bars, args.seed, args.out, args.weights)
    for name in ("tune.abc", "tune.mid", "tune.wav"):
        print(args.out / name)
    _write_json(args.json, figures)
    return 0


def _ports(args: argparse.Namespace) -> int:
    from instrument.workshop.doctor import ports

    found = ports()
    for kind, names in found.items():
        print(f"{kind}:" + ("" if names else " none"))
        for name in names:
            print(f"  {name}")
    _write_json(args.json, found)
    return 0


def _train(args: argparse.Namespace) -> int:
    if args.model == "chorale":
        from instrument.workshop.chorale_command import train_chorale

        train_chorale(args, lambda line: print(line, flush=True))
        return 0
    if args.model == "first":
        from instrument.networks.first_voice import SHIPPED as FIRST
        from instrument.workshop.train_first import train_first

        _table(train_first(args.out or FIRST, print, "python run.py train first"))
        return 0
    if args.model == "index":
        from instrument.networks.weights import SHIPPED
        from instrument.workshop.train_index import train_index

        train_index(args.abc, args.out or SHIPPED, print)
        return 0
    from instrument.workshop.train_command import train

    _table(train(args, lambda line: print(line, flush=True)))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    if args.model == "chorale":
        from instrument.workshop.evaluate_chorale import evaluate_chorale

        _write_json(args.json, evaluate_chorale(args.weights, print))
        return 0
    from instrument.workshop.evaluate import evaluate_folk, write_card

    figures = evaluate_folk(args.tunes, args.weights, print)
    _table(figures)
    if args.card:
        write_card(figures, args.weights, f"python run.py evaluate folk --tunes {args.tunes}")
    _write_json(args.json, figures)
    return 0


def _study(args: argparse.Namespace) -> int:
    from instrument.workshop.study_beam import draw_again, study_beam
    from instrument.workshop.study_experts import study_experts
    from instrument.workshop.study_precision import study_precision

    if args.question == "inside":
        from instrument.workshop.study_inside import study_inside

        figures = study_inside(args.tunes, args.weights, print)
        _table(figures)
        _write_json(args.json, figures)
    elif args.question in ("precision", "experts"):
        figures = (study_precision if args.question == "precision" else study_experts)(print, args.weights)
        _table(figures)
        _write_json(args.json, figures)
    elif args.pages:
        draw_again(args.out, print)
    else:
        study_beam(args.tunes, args.out, args.jobs, print, args.weights)
    return 0


def _plot(args: argparse.Namespace) -> int:
    if args.what == "activations":
        from instrument.workshop.tune_commands import plot_command

        _write_json(args.json, plot_command(args, print))
        return 0
    from instrument.networks.chorale import NAMES
    from instrument.workshop.plot_experts import plot_experts

    out = args.out or Path("docs/pictures/experts.png")
    plot_experts(out, NAMES.index(args.voice), args.chorale, print, args.weights)
    return 0


def _explain(args: argparse.Namespace) -> int:
    from instrument.workshop.tune_commands import explain_command

    _write_json(args.json, explain_command(args, print))
    return 0


def _tunes(args: argparse.Namespace) -> int:
    from instrument.workshop.tune_commands import tunes_command

    return tunes_command(args, lambda line: print(line, flush=True))


def _bench(args: argparse.Namespace) -> int:
    from instrument.workshop.bench import BENCHES, ON_DEMAND, bench

    unknown = set(args.names) - set(BENCHES)
    if unknown:
        raise ValueError(f"no bench named {sorted(unknown)[0]}; there is {', '.join(BENCHES)}")
    figures = bench(args.names or [name for name in BENCHES if name not in ON_DEMAND], args.seconds, print)
    _table(figures)
    _write_json(args.json, figures)
    return 0


def _replay(args: argparse.Namespace) -> int:
    from instrument.workshop.replay import replay_log

    return 0 if replay_log(args.log, print) else 1


def _controllers(args: argparse.Namespace) -> int:
    from instrument.workshop.controllers import write

    for path in write():
        print(path)
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from instrument.workshop.doctor import examine

    joined = (args.loop[0], args.loop[1]) if args.loop else None
    findings = examine(joined, args.rig or (Path("rig.toml") if joined else None))
    for finding in findings:
        print(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.what}")
        if not finding.ok:
            print(f"         {finding.mend}")
    _write_json(args.json, {f.name: f.ok for f in findings})
    return 0 if all(f.ok or not f.needed for f in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
