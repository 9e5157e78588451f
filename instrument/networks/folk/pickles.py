"""Pickle reader that runs nothing.

A pickle is a program, and `pickle.load` runs it. Here its instructions are walked one by one, and only those
that build numbers, strings, lists, tuples, dicts and NumPy arrays are obeyed; a name of anything else, found
anywhere in the file, ends the reading. No name is ever imported and nothing is called. Written for files of
Python 2 (their byte strings come out as latin-1 text), good for protocols 0 to 5 of either Python. Work and memory are
bounded by the size of the file, which is bounded too, however often its parts refer to each other.
Source: the comments in Python's `pickletools`, which also reads the operands.
"""

from __future__ import annotations

import codecs
import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OPCODES: dict[str, Any] = pickletools.code2op  # type: ignore[attr-defined]

MOST_BYTES = 512 << 20  #: larger files are refused
MOST_STEPS = 2_000_000  #: a folk-rnn checkpoint takes some hundreds of thousands

_ARRAY, _BUFFER, _SCALAR, _DTYPE = "_reconstruct", "_frombuffer", "scalar", "dtype"
#: the only names obeyed, and what each stands for
_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): _ARRAY, ("numpy._core.multiarray", "_reconstruct"): _ARRAY,
    ("numpy.core.multiarray", "scalar"): _SCALAR, ("numpy._core.multiarray", "scalar"): _SCALAR,
    ("numpy.core.numeric", "_frombuffer"): _BUFFER, ("numpy._core.numeric", "_frombuffer"): _BUFFER,
    ("numpy", "ndarray"): "ndarray", ("numpy", "dtype"): _DTYPE,
    ("_codecs", "encode"): "encode",
}  # fmt: skip
_CODES = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}


class Unreadable(ValueError):
    """This pickle is not obeyed; the message says why, in one line."""


@dataclass(slots=True)
class Dtype:
    """NumPy dtype, as a pickle tells it. code: as NumPy writes it, "f4"; order: "<", ">" or "|"."""

    code: str
    order: str = "<"


@dataclass(slots=True)
class Array:
    """An array as pickled: shape, bytes in C order unless `fortran`."""

    shape: tuple[int, ...] = ()
    dtype: Dtype | None = None
    fortran: bool = False
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class _Name:
    """A name the pickle mentions; it stands for nothing but itself."""

    kind: str


_MARK = object()


def read(path: Path) -> Any:
    """What the pickle at `path` holds, arrays as `Array`. Raises Unreadable, or OSError.

    blocks: on the disk, and about a second for a checkpoint of 45 MB. thread: any.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"larger than {MOST_BYTES >> 20} MiB")
    return read_bytes(path.read_bytes())


def read_bytes(data: bytes) -> Any:
    """As `read`, from memory."""
    try:
        return _Reader(data).run()
    except Unreadable:
        raise
    except (IndexError, KeyError, TypeError, AttributeError):
        raise Unreadable("not a sound pickle: its instructions do not fit together") from None
    except (ValueError, MemoryError, OverflowError, RecursionError):
        raise Unreadable("not a sound pickle: damaged or cut short") from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.left = len(data)  # bytes that may still be made of text

    def run(self) -> Any:
        for _ in range(MOST_STEPS):
            op = _OPCODES.get(self.file.read(1).decode("latin-1"))
            if op is None:
                raise Unreadable("not a pickle, or cut short")
            if op.name == "STOP":
                return self.stack.pop()
            if op.name == "STRING":
                quoted = self.file.readline().strip()[1:-1]
                self.stack.append(codecs.escape_decode(quoted)[0].decode("latin-1"))
                continue
            if op.name in ("NEXT_BUFFER", "READONLY_BUFFER"):
                raise Unreadable(f"asks for {op.name}, which no checkpoint needs")
            self._obey(op.name, op.arg.reader(self.file) if op.arg else None)
        raise Unreadable(f"more than {MOST_STEPS} instructions")

    def _obey(self, name: str, arg: Any) -> None:
        if name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _OPERANDS:
            self.stack.append(arg)
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[arg] = self.stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[arg])
        elif step := _STEPS.get(name):
            step(self)
        elif name == "GLOBAL":
            self._name(*arg.split(" ", 1))
        elif name not in ("PROTO", "FRAME"):
            raise Unreadable(f"asks for {name}, which no checkpoint needs")

    def _name(self, module: str, name: str) -> None:
        if not (isinstance(module, str) and isinstance(name, str)) or (module, name) not in _NAMES:
            raise Unreadable(f"names {module}.{name}, which no NumPy array needs; it was not run")
        self.stack.append(_Name(_NAMES[module, name]))

    def _items(self) -> list[Any]:
        """What lies above the last mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise Unreadable("not a sound pickle: a mark is missing")
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def mark(self) -> None:
        self.stack.append(_MARK)

    def memoize(self) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def new_list(self) -> None:
        self.stack.append([])

    def new_dict(self) -> None:
        self.stack.append({})

    def new_tuple(self) -> None:
        self.stack.append(())

    def stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._name(module, name)

    def tuple_of(self, count: int) -> None:
        items = tuple(self.stack[-count:])
        del self.stack[-count:]
        self.stack.append(items)

    def collect(self, make: Callable[[list[Any]], Any]) -> None:
        self.stack.append(make(self._items()))

    def append(self) -> None:
        value = self.stack.pop()
        self._list().append(value)

    def appends(self) -> None:
        items = self._items()
        self._list().extend(items)

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._dict().update(_pairs([key, value]))

    def set_items(self) -> None:
        items = self._items()
        self._dict().update(_pairs(items))

    def _list(self) -> list[Any]:
        if type(self.stack[-1]) is not list:
            raise Unreadable("not a sound pickle: it appends to what is no list")
        return self.stack[-1]

    def _dict(self) -> dict[Any, Any]:
        if type(self.stack[-1]) is not dict:
            raise Unreadable("not a sound pickle: it sets an item of what is no dict")
        return self.stack[-1]

    def pop(self) -> None:
        self.stack.pop()

    def reduce(self) -> None:
        args, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, _Name) or type(args) is not tuple:
            raise Unreadable("calls something that is not NumPy's; it was not run")
        self.stack.append(self._made(name.kind, args))

    def build(self) -> None:
        state, thing = self.stack.pop(), self.stack[-1]
        if isinstance(thing, Dtype):
            if state[1] not in ("<", ">", "|", "=") or state[2] is not None:
                raise Unreadable("holds an array of an unusual type")
            thing.order = state[1]
        elif isinstance(thing, Array):
            _, shape, dtype, fortran, raw = state
            thing.shape, thing.dtype = _shape(shape), _dtype(dtype)
            thing.fortran, thing.raw = bool(fortran), self._raw(raw)
        else:
            raise Unreadable("sets the state of something that is not an array")

    def _made(self, kind: str, args: tuple[Any, ...]) -> Any:
        if kind == _ARRAY:
            return Array()
        if kind == _BUFFER and len(args) == 4 and args[3] in ("C", "F"):  # protocol 5
            return Array(_shape(args[2]), _dtype(args[1]), args[3] == "F", self._raw(args[0]))
        if kind == _DTYPE and isinstance(args[0], str) and args[0].lstrip("<>=|") in _CODES:
            return Dtype(args[0].lstrip("<>=|"), args[0][0] if args[0][0] in "<>=|" else "<")
        if kind == _SCALAR and len(args) == 2:
            return Array((), _dtype(args[0]), False, self._raw(args[1]))
        if kind == "encode" and args[1:] == ("latin1",):  # how Python 3 writes bytes in protocol 2
            return self._raw(args[0])
        raise Unreadable("holds an array of an unusual type")

    def _raw(self, value: Any) -> bytes:
        """An array's bytes. Bytes stay the one copy that was read; text becomes new bytes, and these are counted:
        together they cannot be more than the file they came from."""
        if isinstance(value, bytes):
            return value
        if not isinstance(value, str | bytearray):
            raise Unreadable("holds an array without its bytes")
        self.left -= len(value)
        if self.left < 0:
            raise Unreadable("its arrays are larger than the file: a bomb")
        return value.encode("latin-1") if isinstance(value, str) else bytes(value)


def _pairs(items: list[Any]) -> dict[Any, Any]:
    keys = items[::2]
    if len(items) % 2 or not all(type(k) is str or (type(k) is int and abs(k) < 1 << 31) for k in keys):
        raise Unreadable("holds a dict whose keys are not text or whole numbers")
    return dict(zip(keys, items[1::2], strict=True))


def _shape(value: Any) -> tuple[int, ...]:
    if type(value) is not tuple or len(value) > 8 or any(type(n) is not int or not 0 <= n < 1 << 30 for n in value):
        raise Unreadable("holds an array of no sound shape")
    return value


def _dtype(value: Any) -> Dtype:
    if not isinstance(value, Dtype):
        raise Unreadable("holds an array of an unusual type")
    return value


_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_OPERANDS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES",
    "BYTEARRAY8",
}  # fmt: skip
_STEPS: dict[str, Callable[[_Reader], None]] = {
    "MARK": _Reader.mark, "MEMOIZE": _Reader.memoize, "POP": _Reader.pop,
    "EMPTY_LIST": _Reader.new_list, "EMPTY_DICT": _Reader.new_dict, "EMPTY_TUPLE": _Reader.new_tuple,
    "TUPLE1": lambda r: r.tuple_of(1), "TUPLE2": lambda r: r.tuple_of(2), "TUPLE3": lambda r: r.tuple_of(3),
    "TUPLE": lambda r: r.collect(tuple), "LIST": lambda r: r.collect(list), "DICT": lambda r: r.collect(_pairs),
    "APPEND": _Reader.append, "APPENDS": _Reader.appends, "SETITEM": _Reader.set_item,
    "SETITEMS": _Reader.set_items, "STACK_GLOBAL": _Reader.stack_global, "REDUCE": _Reader.reduce,
    "BUILD": _Reader.build,
}  # fmt: skip
