"""What an audio file holds besides its sound: tags, markers, times, pictures, places of loudspeakers.

Between two files of one family, WAV or FLAC, all of it is copied byte by byte. Otherwise the tags are kept
that libsndfile knows, where the other format has them, and what is lost is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import soundfile

from ossicle.audio.headers import CHUNKED

WAV_FAMILY = ("WAV", "WAVEX", "RF64")
SOUND_CHUNKS = (b"fmt ", b"data", b"fact", b"ds64", b"PEAK", b"JUNK", b"FLLR", b"PAD ", b"junk", b"levl")
"""Chunks of WAV that describe the samples themselves, or nothing."""
SOUND_BLOCKS = (0, 1, 3)
"""Blocks of FLAC that do: STREAMINFO, padding, places to seek to."""
BLOCK_NAMES = {2: "application data", 4: "tags", 5: "cue sheet", 6: "picture"}
TAG_CHUNKS = (b"LIST", b"id3 ", b"ID3 ")
LARGEST = 1 << 26
"""Bytes of metadata that are kept, at most."""


@dataclass(frozen=True)
class Metadata:
    """What a file holds besides its sound."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Those that libsndfile knows, by its names."""
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    """Name and contents of chunks of a WAV file."""
    blocks: tuple[tuple[int, bytes], ...] = ()
    """Kind and contents of blocks of a FLAC file."""
    loudspeakers: int = 0
    """Mask of the channels of a WAV file; 0 where it has none."""

    def lost_in(self, kind: str) -> list[str]:
        """Names of what a file of another format, ``kind``, does not take from this."""
        lost = []
        if self.chunks and kind not in WAV_FAMILY:
            lost = [
                name.decode("ascii", "replace").strip() for name, _ in self.chunks if name not in TAG_CHUNKS
            ]
        if self.blocks and kind != "FLAC":
            lost = [BLOCK_NAMES.get(block, "data") for block, _ in self.blocks if block != 4]
        if self.loudspeakers and kind not in WAV_FAMILY:
            lost.append("channel mask")
        return sorted(set(lost))


def read_metadata(file: BinaryIO, opened: soundfile.SoundFile) -> Metadata:
    """The metadata of a file that libsndfile has opened, and goes on reading where it was."""
    tags, at = opened.copy_metadata(), file.tell()
    try:
        if opened.format in WAV_FAMILY:
            return _wav(file, tags)
        if opened.format == "FLAC":
            return Metadata(tags, blocks=_flac(file))
        return Metadata(tags)
    finally:
        file.seek(at)


def _wav(file: BinaryIO, tags: Mapping[str, str]) -> Metadata:
    file.seek(0)
    family = CHUNKED.get(file.read(4))
    if family is None:
        return Metadata(tags)
    size = file.seek(0, 2)
    chunks: list[tuple[bytes, bytes]] = []
    mask, room = 0, LARGEST
    for chunk in family.chunks(file, size):
        file.seek(chunk.begin)
        if chunk.name == b"fmt " and chunk.size >= 40:
            mask = int.from_bytes(file.read(24)[20:], family.order)
        if chunk.name not in SOUND_CHUNKS and 0 <= chunk.size <= min(room, size - chunk.begin):
            chunks.append((chunk.name, file.read(chunk.size)))
            room -= chunk.size
    return Metadata(tags, chunks=tuple(chunks), loudspeakers=mask)


def _flac(file: BinaryIO) -> tuple[tuple[int, bytes], ...]:
    return tuple((kind, data) for kind, data in _flac_blocks(file) if kind not in SOUND_BLOCKS)


def _flac_blocks(file: BinaryIO) -> list[tuple[int, bytes]]:
    """All blocks of metadata, in their order."""
    file.seek(4)
    blocks, last, room = [], False, LARGEST
    while not last and len(head := file.read(4)) == 4 and room > 0:
        last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:], "big")
        blocks.append((kind, file.read(size)))
        room -= size
    return blocks


def add_metadata(path: Path, kind: str, metadata: Metadata) -> None:
    """Put into a file that was just written what libsndfile does not write; ``kind`` is its format."""
    if kind in WAV_FAMILY and (metadata.chunks or metadata.loudspeakers):
        with path.open("r+b") as file:
            _add_to_wav(file, metadata)
    elif kind == "FLAC" and metadata.blocks:
        _add_to_flac(path, metadata.blocks)


def _add_to_wav(file: BinaryIO, metadata: Metadata) -> None:
    head = file.read(12)
    family = CHUNKED[head[:4]]
    size = file.seek(0, 2)
    # The chunks of a file that was just written are whole.
    for chunk in list(family.chunks(file, size)):
        if chunk.name == b"fmt " and chunk.size >= 40 and metadata.loudspeakers:
            file.seek(chunk.begin + 20)
            file.write(metadata.loudspeakers.to_bytes(4, family.order))
    end = file.seek(0, 2)
    for name, data in metadata.chunks:
        file.write(b"\0" * (file.tell() % 2) + name + len(data).to_bytes(4, family.order) + data)
    file.write(b"\0" * (file.tell() % 2))
    grown = file.tell()
    if grown == end:
        return
    if head[:4] in (b"RIFF", b"RIFX"):
        file.seek(4)
        file.write(min(grown - 8, 0xFFFFFFFF).to_bytes(4, family.order))
    else:
        file.seek(20)
        file.write((grown - 8).to_bytes(8, "little"))


def _add_to_flac(path: Path, kept: tuple[tuple[int, bytes], ...]) -> None:
    """Put blocks behind the first one, in place of those of their kinds."""
    with path.open("rb") as file:
        written = _flac_blocks(file)
        begin = file.tell()
        kinds = {kind for kind, _ in kept}
        blocks = [written[0], *kept, *(block for block in written[1:] if block[0] not in kinds)]
        grown = path.with_name(f"{path.name}.grown")
        with grown.open("xb") as out:
            out.write(b"fLaC")
            for number, (kind, data) in enumerate(blocks, 1):
                last = 0x80 if number == len(blocks) else 0
                out.write(bytes([last | kind]) + len(data).to_bytes(3, "big") + data)
            file.seek(begin)
            while data := file.read(1 << 20):
                out.write(data)
    grown.replace(path)
