"""Readers of files on inputs that were made of good ones by damage: each must give a result or one sentence.

Mutations are flipped bits, cuts, splices of two seeds, repeated stretches, numbers at the ends of their
ranges, and lengths that lie. Each input follows from its number alone. Readers run in a process of their own
with bounded time and memory, so that a crash or an endless loop is found too.
"""

import json
import multiprocessing
import os
import re
import resource
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from ossicle.errors import OssicleError
from ossicle.graph.file import KEY, _digest

LIMIT_S = 10
"""An input that takes longer hangs."""
LIMIT_BYTES = 4 << 30
"""Memory that a reader's process may take, besides what it has of the process that it was forked from."""
EDGES = (0, 1, -1, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1)
TEXTS = (b"-1", b"0", b"1e999", b"NaN", b"9" * 30, b'""', b"[]", b"{}", b"null", b"true", b"../", b"\x00")
NUMBER = re.compile(rb"-?\d+(\.\d+)?(e-?\d+)?")
GOOD = ("read", "refused")


@dataclass(frozen=True)
class Reader:
    """A reader of files, with files that it reads."""

    name: str
    ending: str
    seeds: Sequence[bytes]
    read: Callable[[Path], object]
    seal: Callable[[bytes, Path], None] = lambda data, path: path.write_bytes(data) and None
    """Writes mutated bytes as a file; what has a checksum gets a right one."""


def mutated(seeds: Sequence[bytes], number: int) -> bytes:
    """An input of that number: one of the seeds after one to four mutations."""
    rng = np.random.default_rng(number)
    data = bytearray(seeds[rng.integers(len(seeds))])
    for _ in range(1 if rng.random() < 0.6 else rng.integers(2, 5)):
        kind = rng.integers(8)
        at = int(rng.integers(len(data) + 1))
        # Headers stand in front, and are small.
        at = at % 256 if rng.random() < 0.5 else at
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            other = seeds[rng.integers(len(seeds))]
            start = int(rng.integers(len(other) + 1))
            data[at:] = other[start:]
        elif kind == 3:
            length = int(rng.integers(1, 65))
            data[at:at] = data[at : at + length] * int(rng.integers(1, 9))
        elif kind == 4:
            width, order = int(2 ** rng.integers(4)), ("little", "big")[rng.integers(2)]
            edge = EDGES[rng.integers(len(EDGES))] % 2 ** (8 * width)
            data[at : at + width] = edge.to_bytes(width, order)
        elif kind == 5:
            data[at : at + int(rng.integers(8))] = TEXTS[rng.integers(len(TEXTS))]
        elif kind == 6 and (numbers := [*NUMBER.finditer(data)]):
            found = numbers[rng.integers(len(numbers))]
            others = (*TEXTS, *(str(edge).encode() for edge in EDGES))
            data[found.start() : found.end()] = others[rng.integers(len(others))]
        else:
            data[at : at + int(rng.integers(1, 65))] = b""
    return bytes(data)


def attempt(reader: Reader, number: int, folder: Path) -> str:
    """Hand a reader an input; ``read``, ``refused``, or the traceback of what it raised."""
    path = folder / f"input{reader.ending}"
    reader.seal(mutated(reader.seeds, number), path)
    try:
        reader.read(path)
    except OssicleError:
        return "refused"
    except Exception:
        return traceback.format_exc()
    return "read"


def count(reader: Reader, inputs: int, folder: Path, first: int = 0) -> tuple[Counter[str], list[str]]:
    """How so many inputs end, by kind, and what went wrong, each with the number of its input."""
    ends, wrong, number = Counter[str](), list[str](), first
    while number < first + inputs:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        worker = multiprocessing.get_context("fork").Process(
            target=_work, args=(reader, range(number, first + inputs), folder, theirs)
        )
        worker.start()
        theirs.close()
        while number < first + inputs:
            try:
                end = ours.recv() if ours.poll(LIMIT_S) else "hang"
            except EOFError:
                worker.join()
                end = f"crash by signal {-(worker.exitcode or 0)}"
            kind = end.split()[0] if end in GOOD or end.startswith(("hang", "crash")) else "traceback"
            ends[kind] += 1
            if end not in GOOD:
                wrong.append(f"{reader.name} {number}: {end}")
            number += 1
            if kind in ("hang", "crash"):
                break
        worker.kill()
        worker.join()
    return ends, wrong


def _work(reader: Reader, numbers: range, folder: Path, out: Connection) -> None:
    limit = psutil.Process().memory_info().vms + LIMIT_BYTES  # a test process has mapped a lot of its own
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    warnings.simplefilter("ignore")
    for number in numbers:
        out.send(attempt(reader, number, folder))


def header_of(path: Path) -> bytes:
    """The header of a model file, as text."""
    with safe_open(path, "np") as file:
        return str(json.loads(file.metadata()[KEY])["header"]).encode()


def seal_header(original: Path) -> Callable[[bytes, Path], None]:
    """Writes a header with the tensors of a model file, and with a right checksum."""
    arrays = load_file(original)

    def write(data: bytes, path: Path) -> None:
        text = data.decode("utf-8", "replace")
        entry = {"format": 6, "sha256": _digest(text, arrays), "header": text}
        save_file(arrays, path, {KEY: json.dumps(entry)})

    return write
