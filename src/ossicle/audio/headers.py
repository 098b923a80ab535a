"""What the header of an audio file says of its length, and what it should say.

A recorder that loses power leaves sizes of 0 in the header, with the sound behind it. A program that writes
to a pipe leaves sizes that mean "unknown". A file that was cut has a header of larger sizes than its own.
libsndfile believes each of them in its own way. :func:`examine` says where the sound ends by the header, and
which bytes of the header should be others, so that libsndfile reads all that is there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from ossicle.audio.flac import flac_header

UNKNOWN_SIZE = 0x7FFFF000
"""Sizes of 32 bits from here on stand in headers that were written to a pipe: they promise nothing."""
SLACK = 64
"""Bytes that a header may count too many: some writers count the header twice."""
HEAD = 1024
"""Bytes of a file that tell its format."""


@dataclass(frozen=True)
class Header:
    """What a header says of the length."""

    end: int | None = None
    """Where the sound ends in the file, in bytes; None where the header does not say it."""
    patches: Mapping[int, bytes] = field(default_factory=dict)
    """Bytes that the header should have, by their place."""
    torn: bool = False
    """Whether the file ends where no sound can end, although nobody knows where it should."""

    def flaw(self, size: int) -> str | None:
        """In a few words, that a file of ``size`` bytes lacks its end; None where it does not."""
        if self.end is not None and self.end - size > SLACK:
            return f"cut short by {self.end - size} bytes"
        return "cut short: its end is missing" if self.torn else None


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file: its name, where its contents begin, and how long they are by its header."""

    name: bytes
    at: int
    begin: int
    size: int


@dataclass(frozen=True)
class Chunked:
    """A kind of file that consists of chunks."""

    first: int
    """Where the first chunk begins."""
    sound: tuple[bytes, ...]
    """Names of chunks that hold the sound."""
    order: Literal["little", "big"]
    name_bytes: int = 4
    size_bytes: int = 4
    align: int = 2
    inclusive: bool = False
    """Whether a size counts the chunk's own header."""
    prefix: int = 0
    """Bytes at the beginning of the sound's chunk that are not sound."""

    @property
    def head(self) -> int:
        """Bytes of a chunk's header."""
        return self.name_bytes + self.size_bytes

    def chunks(self, file: BinaryIO, size: int) -> Iterator[Chunk]:
        """The chunks of a file of ``size`` bytes; the last may say that it goes on behind the end."""
        at = self.first
        while at + self.head <= size:
            file.seek(at)
            head = file.read(self.head)
            length = int.from_bytes(head[self.name_bytes :], self.order) - self.inclusive * self.head
            yield Chunk(head[: self.name_bytes], at, at + self.head, length)
            if length < 0:
                return
            at += self.head + length
            at += -at % self.align

    def size_field(self, chunk: Chunk, length: int) -> dict[int, bytes]:
        """The patch that gives a chunk another length."""
        value = length + self.inclusive * self.head
        top = (1 << 8 * self.size_bytes) - 1
        return {chunk.at + self.name_bytes: min(value, top).to_bytes(self.size_bytes, self.order)}


_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0O\x8e\xdb\x8a"
CHUNKED = {
    b"RIFF": Chunked(12, (b"data",), "little"),
    b"RIFX": Chunked(12, (b"data",), "big"),
    b"RF64": Chunked(12, (b"data",), "little"),
    b"BW64": Chunked(12, (b"data",), "little"),
    b"FORM": Chunked(12, (b"SSND", b"BODY"), "big", prefix=8),
    b"riff": Chunked(40, (_W64_DATA,), "little", name_bytes=16, size_bytes=8, align=8, inclusive=True),
    b"caff": Chunked(8, (b"data",), "big", size_bytes=8, align=1, prefix=4),
}
"""By the first four bytes of the file."""


def examine(file: BinaryIO, size: int) -> Header:
    """What the header of a file of ``size`` bytes says of its length; nothing where that is not known."""
    file.seek(0)
    head = file.read(HEAD)
    if head[:4] in CHUNKED:
        return _chunked(file, size, head)
    for magic, read in _READERS.items():
        if head.startswith(magic):
            return read(file, size, head)
    return Header()


def _chunked(file: BinaryIO, size: int, head: bytes) -> Header:
    family = CHUNKED[head[:4]]
    long_sizes: Chunk | None = None
    common: Chunk | None = None
    for chunk in family.chunks(file, size):
        if chunk.name == b"ds64":
            long_sizes = chunk
        if chunk.name == b"COMM":
            common = chunk
        if chunk.name in family.sound:
            if long_sizes is not None:
                return _long(file, size, chunk, long_sizes)
            return _sound(file, size, family, chunk, common)
    return Header()


def _sound(file: BinaryIO, size: int, family: Chunked, chunk: Chunk, common: Chunk | None) -> Header:
    rest = size - chunk.begin
    unknown = chunk.size < 0 or chunk.size >= 1 << (8 * family.size_bytes - 1)
    unknown = unknown or (family.size_bytes == 4 and chunk.size >= UNKNOWN_SIZE)
    if unknown or (chunk.size < rest and not _goes_on(file, size, family, chunk)):
        patches = family.size_field(chunk, rest)
        if common is not None:
            patches |= _aiff_frames(file, common, rest - family.prefix)
        return Header(None, patches)
    return Header(chunk.begin + chunk.size)


def _goes_on(file: BinaryIO, size: int, family: Chunked, sound: Chunk) -> bool:
    """Whether other chunks follow the sound where its size says so, and not more sound."""
    at = sound.begin + max(sound.size, 0)
    at += -at % family.align
    if sound.size <= family.prefix:
        following = Chunked(
            at, (), family.order, family.name_bytes, family.size_bytes, family.align, family.inclusive
        )
        chunks = list(following.chunks(file, size))
        last = chunks[-1] if chunks else None
        ends = last is None or 0 <= size - (last.begin + last.size) < family.align + 1
        return size - at < family.head or (ends and all(_is_name(chunk.name) for chunk in chunks))
    file.seek(at)
    name = file.read(4)
    return len(name) < 4 or _is_name(name)


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 for byte in name[:4])


def _aiff_frames(file: BinaryIO, common: Chunk, sound: int) -> dict[int, bytes]:
    """The patch of AIFF's own count of frames."""
    file.seek(common.begin)
    data = file.read(8)
    frame = int.from_bytes(data[:2], "big") * -(-int.from_bytes(data[6:8], "big") // 8)
    return {common.begin + 2: (sound // max(frame, 1)).to_bytes(4, "big")}


def _long(file: BinaryIO, size: int, chunk: Chunk, sizes: Chunk) -> Header:
    """RF64: the sound's size has 64 bits and stands in a chunk of its own."""
    file.seek(sizes.begin + 8)
    length = int.from_bytes(file.read(8), "little")
    if chunk.size != 0xFFFFFFFF and chunk.size:
        length = chunk.size
    if not 0 < length < 1 << 62:
        return Header(None, {sizes.begin + 8: (size - chunk.begin).to_bytes(8, "little")})
    return Header(chunk.begin + length)


def _au(file: BinaryIO, size: int, head: bytes) -> Header:
    order: Literal["little", "big"] = "big" if head[:4] == b".snd" else "little"
    begin, length = (int.from_bytes(head[at : at + 4], order) for at in (4, 8))
    if length == 0xFFFFFFFF or begin + length < size:
        return Header(None, {8: b"\xff\xff\xff\xff"})
    return Header(begin + length)


def _avr(file: BinaryIO, size: int, head: bytes) -> Header:
    stereo, width, frames = (
        int.from_bytes(head[at : at + n], "big") for at, n in ((12, 2), (14, 2), (26, 4))
    )
    return Header(128 + frames * (width // 8) * (2 if stereo else 1))


def _nist(file: BinaryIO, size: int, head: bytes) -> Header:
    fields = {}
    for line in head.decode("ascii", "replace").splitlines():
        parts = line.split(None, 2)
        if len(parts) == 3 and parts[1] == "-i" and parts[2].strip().isdecimal():
            fields[parts[0]] = int(parts[2])
    try:
        begin = int(head[8:16])
        count, channels, width = (
            fields[name] for name in ("sample_count", "channel_count", "sample_n_bytes")
        )
    except (KeyError, ValueError):
        return Header()
    return Header(begin + count * channels * width)


def _voc(file: BinaryIO, size: int, head: bytes) -> Header:
    at = int.from_bytes(head[20:22], "little")
    while at + 4 <= size:
        file.seek(at)
        block = file.read(4)
        if not block[0]:
            return Header(at)
        at += 4 + int.from_bytes(block[1:], "little")
    # Without the block that ends the file, it ends in the last one at the earliest.
    return Header(at) if at > size else Header()


def _wve(file: BinaryIO, size: int, head: bytes) -> Header:
    return Header(32 + int.from_bytes(head[18:22], "big"))


def _mpc2k(file: BinaryIO, size: int, head: bytes) -> Header:
    return Header(42 + 2 * (1 + (head[21] & 1)) * int.from_bytes(head[30:34], "little"))


def _ogg(file: BinaryIO, size: int, head: bytes) -> Header:
    """The last page of an Ogg stream is marked; a stream without one was cut, at an unknown place."""
    begin = max(size - 2 * 65307, 0)
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or at + 27 > len(tail):
        return Header(torn=True)
    segments = tail[at + 27 : at + 27 + tail[at + 26]]
    whole = at + 27 + len(segments) + sum(segments) <= len(tail) and len(segments) == tail[at + 26]
    return Header(torn=not (whole and tail[at + 5] & 4))


def _ircam(file: BinaryIO, size: int, head: bytes) -> Header:
    """Says nothing of the length; a file that ends within a frame was cut."""
    order: Literal["little", "big"] = "little" if head[1] == 0xA3 else "big"
    channels, encoding = (int.from_bytes(head[at : at + 4], order) for at in (8, 12))
    # The upper half of the code of linear integers of 32 bits marks them; the lower counts bytes.
    frame = channels * {0x40004: 4}.get(encoding, encoding & 0xF)
    return Header(torn=frame > 0 and (size - 1024) % frame != 0)


def _flac(file: BinaryIO, size: int, head: bytes) -> Header:
    return Header(None, flac_header(file, size))


_READERS: dict[bytes, Callable[[BinaryIO, int, bytes], Header]] = {
    b".snd": _au,
    b"dns.": _au,
    b"2BIT": _avr,
    b"NIST_1A": _nist,
    b"Creative Voice File": _voc,
    b"ALawSoundFile**": _wve,
    b"\x01\x04": _mpc2k,
    b"OggS": _ogg,
    b"fLaC": _flac,
    b"\x64\xa3": _ircam,
    b"\x00\x00\xa3\x64": _ircam,
    b"\x00\x01\xa3\x64": _ircam,
    b"\x00\x02\xa3\x64": _ircam,
    b"\x00\x03\xa3\x64": _ircam,
}
