"""Storms of messages into a live performance: controllers, programs, notes with thru, OSC, clocks, system exclusive.

Lilt runs as people start it; a process sends, another hears what it plays, both behind a JACK server. After each storm
the music must go on, no key be down for long, and the memory of its processes be what it was; at the end Ctrl-C must
end everything.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from pythonosc.osc_message_builder import build_msg

from instrument.playing.time.clock import SystemClock
from instrument.workshop.bench.jack_rig import RECEIVER, client, jack_server, receive

SOURCE = "Storm"
RATE = 20_000  #: messages a second
ROOT = Path(__file__).parents[3]
ROUND = 13_440  #: messages after which each kind begins anew
CALM = 12.0  #: seconds after a storm in which the music must be heard, and every key go up once
Say = Callable[[str], None]


def message(kind: str, n: int) -> list[int]:
    """The n-th message of a MIDI storm. Pure."""
    return {
        "cc": [0xB0, 20 + n % 12, n % 128], "stalled": [0xB0, 20 + n % 12, n % 128], "program": [0xC0, n % 15],
        "notes": [0x90 if n % 2 else 0x80, 40 + n // 2 % 40, n % 2 * 90], "clock": [0xF8],
        "sysex": [0xF0, 0x7D, *(n % 128 for _ in range(40)), 0xF7],
    }[kind]  # fmt: skip


#: "stalled": controllers while the conductor's process stands still for half of the time
KINDS = ("cc", "stalled", "program", "notes", "osc", "clock", "sysex")


def blow(line: Connection, port: int) -> None:
    """A process: sends storms as it is told, (kind, rate, seconds) each, until the line closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out, clock = client("MidiOut", SOURCE), SystemClock()
    out.open_virtual_port("keys")
    osc = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets = [build_msg("/lilt/tune/temperature", [0.5 + n / 200]).dgram for n in range(100)]
    storms = {kind: [message(kind, n) for n in range(ROUND)] for kind in KINDS if kind != "osc"}  # made before
    line.send("ready")
    while True:
        try:
            kind, rate, seconds = line.recv()
        except EOFError:
            os._exit(0)
        begun, n = clock.now(), 0
        while (passed := clock.now() - begun) < seconds:
            while n < passed * rate and n < rate * seconds:
                if kind == "osc":
                    osc.sendto(packets[n % 100], ("127.0.0.1", port))
                else:
                    out.send_message(storms[kind][n % ROUND])
                n += 1
            clock.sleep_until(clock.now() + 0.001)
        for note in range(128):  # nothing is left down by the one who plays
            out.send_message([0x80, note, 0])
            clock.sleep_until(clock.now() + 0.001)
        line.send(n)


@dataclass(slots=True)
class Live:
    """Lilt, as people start it, and what it has said."""

    process: subprocess.Popen[str]
    said: list[str]

    def memory(self) -> float:
        """Megabytes of all its processes together."""
        return sum(_rss(pid) for pid in family(self.process.pid))


def start(folder: Path, port: int) -> Live:
    """It plays a reel to the receiver, and hears the storms. Raises ValueError where it does not come up."""
    options = ["reel", "--seed", "5", "--midi", RECEIVER, "--input", SOURCE, "--thru", "--no-sound", "--no-zeroconf",
               "--osc-port", str(port), "--page-port", "0", "--recordings", str(folder)]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "instrument", *options], cwd=folder, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip
    live = Live(process, [])

    def read() -> None:
        for text in process.stdout or ():
            live.said.append(text.rstrip())
            del live.said[:-200]

    threading.Thread(target=read, daemon=True).start()
    if not _until(lambda: any(text.startswith("stop:") for text in live.said) or process.poll() is not None, 90):
        raise ValueError(f"it does not come up: {live.said}")
    return live


def bench_storm(seconds: int, say: Say) -> dict[str, float]:
    """Figures `storm.KIND_notes` (heard within some seconds afterwards), `storm.KIND_stuck` (1 where a key was down all
    through them: 0), `storm.KIND_grown` (memory, over what it was), `storm.end_s` (from Ctrl-C to the end),
    `storm.left` (processes: 0), `storm.down` (keys in the end: 0)."""
    with jack_server():
        return storm(KINDS, seconds, RATE, say)


def storm(kinds: tuple[str, ...], seconds: float, rate: int, say: Say) -> dict[str, float]:
    """One performance, one storm after the other."""
    clock, port, figures = SystemClock(), _free_port(), dict[str, float]()
    far, source = _beside(receive), _beside(blow, port)
    with tempfile.TemporaryDirectory() as folder:
        live = start(Path(folder), port)
        try:
            _until(lambda: _far(far)["struck"] > 8, 30)
            _settle(live)
            for kind in kinds:
                before = live.memory()
                source.send((kind, rate, seconds))
                if kind == "stalled":
                    _stall(live.process.pid, seconds / 2)
                sent = source.recv()
                figures |= {f"storm.{kind}_{name}": value for name, value in _calm(far, port).items()}
                figures[f"storm.{kind}_grown"] = live.memory() / before
                afterwards = (f"{name} {figures[f'storm.{kind}_{name}']:.2f}" for name in ("notes", "stuck", "grown"))
                say(f"{kind}: {sent / seconds:.0f} a second for {seconds:g} s; afterwards {', '.join(afterwards)}")
            began, pids = clock.now(), family(live.process.pid)
            os.kill(live.process.pid, signal.SIGINT)
            _until(lambda: live.process.poll() is not None, 20)
            figures["storm.end_s"] = clock.now() - began
            figures["storm.status"] = float(-1 if (status := live.process.poll()) is None else status)
            _until(lambda: not any(_rss(pid) for pid in pids), 5)
            figures["storm.left"] = float(sum(_rss(pid) > 0 for pid in pids))
            figures["storm.down"] = _far(far)["down"]
            figures["storm.tracebacks"] = float(sum("Traceback" in text for text in live.said))
        finally:
            for pid in family(live.process.pid):
                os.kill(pid, signal.SIGKILL)
    source.close()
    far.send("stop")
    return figures


def _stall(pid: int, seconds: float) -> None:
    """Stop a process for a while, as a debugger or a machine that swaps does. blocks: so long."""
    clock = SystemClock()
    os.kill(pid, signal.SIGSTOP)
    clock.sleep_until(clock.now() + seconds)
    os.kill(pid, signal.SIGCONT)


def _settle(live: Live) -> None:
    """Wait until everything has been loaded: memory stands still."""
    clock = SystemClock()
    for _ in range(20):
        before = live.memory()
        clock.sleep_until(clock.now() + 3.0)
        if abs(live.memory() - before) < 0.01 * before and before > 400:
            return


def _calm(far: Connection, port: int) -> dict[str, float]:
    """The performer turns tempo and way back to where they were. Notes heard then; whether a key is down throughout."""
    clock, osc = SystemClock(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for address, value in (("/lilt/clock/bpm", 160.0), ("/lilt/play/way", "listen"), ("/lilt/transport/play", 1.0)):
        osc.sendto(build_msg(address, [value]).dgram, ("127.0.0.1", port))
    osc.close()
    before, begun = _far(far), clock.now()
    now = before
    while clock.now() < begun + CALM and (now["struck"] - before["struck"] < 12 or now["oldest"] > clock.now() - begun):
        clock.sleep_until(clock.now() + 0.05)
        now = _far(far)
    return {"notes": now["struck"] - before["struck"], "stuck": float(now["oldest"] > clock.now() - begun)}


def family(pid: int) -> list[int]:
    """A process and all that it has started, as far as they live."""
    found = [pid] if _rss(pid) else []
    for child in _children(pid):
        found += family(child)
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _rss(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return 0.0


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _until(condition: Callable[[], object], seconds: float) -> bool:
    clock = SystemClock()
    ends = clock.now() + seconds
    while not condition():
        if clock.now() > ends:
            return False
        clock.sleep_until(clock.now() + 0.05)
    return True


def _far(line: Connection) -> dict[str, float]:
    line.send("so far")
    figures: dict[str, float] = line.recv()
    return figures


def _beside(body: Callable[..., None], *given: object) -> Connection:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=body, args=(theirs, *given), daemon=True).start()
    theirs.close()
    ours.recv()
    return ours
