"""JACK server check: whether the server is alive, told by itself through JACK's own library.

python-rtmidi does not say: after a server has died it lists the old ports and takes messages that nobody reads, until
it blocks for good. Its dead clients must then be left alone, neither sent to nor closed. Once a server has died, the
library is of no more use in the process that saw it: whoever wants to look on does so in another.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

from instrument.ports.system.quiet import quiet_stderr

NO_START = 1  #: option: do not start a server that is not there
_SHUTDOWN = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class JackServer:
    """JACK server check.

    thread: one. run: another number in every process, so that a quick restart is told from none.
    """

    def __init__(self) -> None:
        self.run = os.getpid()
        self.died = False  #: it was there, and is no more
        self._library = library()
        self._client: int | None = None
        self._told = _SHUTDOWN(self._shutdown)  # kept: the library holds no reference

    def alive(self) -> bool:
        """Whether a server runs now. blocks: some 30 ms where a new one has come up."""
        if self._library is None or self.died:
            return False
        if self._client is None:
            self._client = self._open(self._library)
        return self._client is not None

    def _open(self, library: Any) -> int | None:
        status = ctypes.c_int()
        with quiet_stderr():
            client = library.jack_client_open(b"Lilt watch", NO_START, ctypes.byref(status))
            if not client:
                return None
            library.jack_on_shutdown(client, self._told, None)
            library.jack_activate(client)
        return int(client)

    def _shutdown(self, _: object) -> None:
        self.died = True


def library() -> Any:
    """JACK's library, or None where it is not installed."""
    for name in ("libjack.so.0", "libjack.0.dylib", "libjack64.dll"):
        try:
            library: Any = ctypes.CDLL(name)
        except OSError:
            continue
        library.jack_client_open.restype = ctypes.c_void_p
        library.jack_client_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
        library.jack_on_shutdown.argtypes = [ctypes.c_void_p, _SHUTDOWN, ctypes.c_void_p]
        library.jack_activate.argtypes = [ctypes.c_void_p]
        return library
    return None
