"""A JACK server of the tests' own, on its dummy card, beside any other; and its tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zlib import crc32

import pytest
from filelock import FileLock

from instrument.playing.time.clock import SystemClock
from tests.fakes.paths import ROOT
from tests.fakes.waiting import until as until

CLOCK = SystemClock()
RATE = 48_000
LIMIT = 15  #: seconds that a tool of the server's may take


#: this worker's servers, one after the other: JACK has eight places, and that of a server which has ended, often left
#: behind, is taken again by the next one of its name only
OURS = f"lilt-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}-{crc32(str(ROOT).encode()):x}"


#: held while servers of a test come and go: JACK's list of them is not safe when several do so at once, and even its
#: own tools do not find one that runs
ALONE = FileLock(Path(tempfile.gettempdir()) / "lilt-tests-jack.lock")


@contextmanager
def serving(name: str = "", period: int = 128) -> Iterator[dict[str, str]]:
    """The environment in which the server runs; other workers' wait. name: its beginning; period: frames of a cycle."""
    with ALONE:
        yield from _serving(name + OURS, period)


def _serving(name: str, period: int) -> Iterator[dict[str, str]]:
    environment = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    environment["PYTHONPATH"] = str(ROOT)
    card = ("-d", "dummy", "-r", str(RATE), "-p", str(period))
    command = ["jackd", "-R", "-P", "70", "-S", "-n", name, "--port-max", "128", *card]
    with tempfile.TemporaryFile("w+") as told:  # a pipe that nobody reads would stop it when it is full
        jackd = _started(command, environment, told)
        if jackd is None and "Too many servers" in _text(told) and _forget_dead_servers():
            jackd = _started(command, environment, told)
        if jackd is None:
            pytest.fail(f"jackd did not start: {_text(told)}")
        try:
            yield environment
        finally:
            ended(jackd)


def _started(command: list[str], environment: dict[str, str], told: IO[str]) -> subprocess.Popen[str] | None:
    """The server, once it answers; None where it does not."""
    jackd = subprocess.Popen(command, env=environment, text=True, stdout=told, stderr=subprocess.STDOUT)
    if until(lambda: not lsp(environment).returncode or jackd.poll() is not None, 15) and not jackd.poll():
        return jackd
    ended(jackd)
    return None


def _text(told: IO[str]) -> str:
    told.seek(0)
    return told.read()


def _forget_dead_servers() -> bool:
    """JACK has eight places for servers and keeps those of servers that were killed: where none lives, all are given
    back. Whether they were."""
    if subprocess.run(["pgrep", "-x", "jackd|jackdbus"], capture_output=True).returncode != 1:
        return False
    for left in Path("/dev/shm").glob("jack*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return True


@contextmanager
def serving_us() -> Iterator[None]:
    """A server that this process, and what it starts, uses too."""
    before = dict(os.environ)
    with serving() as environment:
        os.environ.update({name: environment[name] for name in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def lsp(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """What the server's own tool lists; status 1 where it does not answer."""
    try:
        return subprocess.run(["jack_lsp", *options], env=environment, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:  # a server that goes at this moment
        return subprocess.CompletedProcess("jack_lsp", 1, "", "it does not answer")


def port(environment: dict[str, str], part: str) -> str:
    """The first port with this in its name, waited for."""
    found: list[str] = []

    def there() -> bool:
        found[:] = [name for name in lsp(environment).stdout.splitlines() if part in name]
        return bool(found)

    assert until(there, 30), f"no port {part} in:\n{lsp(environment).stdout}"
    return found[0]


def connect(environment: dict[str, str], source: str, target: str) -> None:
    subprocess.run(["jack_connect", source, target], env=environment, check=True, capture_output=True, timeout=LIMIT)


def ended(process: subprocess.Popen[str], seconds: float = 10) -> None:
    """Ask it to end; make it."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait(seconds: float) -> None:
    """Let so many seconds pass."""
    CLOCK.sleep_until(CLOCK.now() + seconds)
