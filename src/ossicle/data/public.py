"""Public corpora: where they come from, and how they become a folder that training reads."""

import csv
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile

from ossicle.audio.resampling import resample
from ossicle.data.corpus import COLUMNS, SPLITS
from ossicle.data.download import Archive, fetch
from ossicle.errors import OssicleError
from ossicle.scale import run_all

SAMPLE_RATE = 16000
VALIDATION_SPEAKERS = ("p226", "p287")
"""Of VoiceBank's 28 training speakers, the two that the literature holds out."""


@dataclass(frozen=True)
class PublicCorpus:
    """A corpus that can be fetched; ``prepare`` writes the archives, in order, into a new folder."""

    name: str
    description: str
    licence: str
    archives: tuple[Archive, ...]
    prepare: Callable[[list[Path], Path], None]

    @property
    def size(self) -> int:
        """About the bytes of all archives."""
        return sum(archive.size for archive in self.archives)


def get_corpus(corpus: PublicCorpus, out: Path, cache: Path, advance: Callable[[int], None]) -> None:
    """Fetch a corpus and write it into the folder ``out``, which appears whole or not at all."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OssicleError(f"{out} exists and is not an empty folder; choose another")
    files = [fetch(archive, cache, advance) for archive in corpus.archives]
    partial_out = out.with_name(out.name + ".part")
    try:
        shutil.rmtree(partial_out, ignore_errors=True)
        partial_out.mkdir(parents=True)
        corpus.prepare(files, partial_out)
        if out.exists():
            out.rmdir()
        os.replace(partial_out, out)
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, soundfile.LibsndfileError) as error:
        raise OssicleError(
            f"cannot write {corpus.name} into {out} ({error}); make space, or choose another folder"
        ) from None
    finally:
        shutil.rmtree(partial_out, ignore_errors=True)


def prepare_voicebank(archives: list[Path], out: Path) -> None:
    """Write clean speech, the noise that was added to it, and the published pairs for the test, at 16 kHz.

    ``archives`` are the zips of clean and noisy training speech and of clean and noisy test speech. The noise
    is the difference of the two recordings of an utterance, which are of one length and level.
    """
    rows: dict[str, list[list[object]]] = {"speech": [], "noise": []}
    for split, (clean_zip, noisy_zip) in {"train": archives[:2], "test": archives[2:]}.items():
        with zipfile.ZipFile(clean_zip) as clean, zipfile.ZipFile(noisy_zip) as noisy:
            pairs = _pairs(_wavs(clean), _wavs(noisy))
            work = partial(_write_utterance, out, split)
            # The archives are read here, one member at a time: a zip file serves one reader.
            members = ((stem, clean.read(a), noisy.read(b)) for stem, (a, b) in pairs.items())
            for speech, noise in run_all(work, members, threads=True):
                rows["speech"].append(speech)
                rows["noise"].append(noise)
    for kind, lines in rows.items():
        _write_manifest(out / kind, COLUMNS, lines)


def prepare_speech_commands(archives: list[Path], out: Path) -> None:
    """Write the words, with the published split, into ``keywords``, and the long noises into ``noise``.

    The first eight tenths of each noise are for training, then a tenth each for validation and test.
    """
    keywords = out / "keywords"
    with tarfile.open(archives[0]) as archive:
        for member in archive:
            if member.isfile():
                _extract(archive, member, keywords)
    shutil.move(keywords / "_background_noise_", out / "noise")
    split_of = {
        name: split
        for split, file in (("val", "validation_list.txt"), ("test", "testing_list.txt"))
        for name in (keywords / file).read_text("utf-8").split()
    }
    words = sorted(path.relative_to(keywords).as_posix() for path in keywords.glob("*/*.wav"))
    rows = (
        [name, split_of.get(name, "train"), *_speaker_and_label(name), *about]
        for name, about in zip(words, run_all(_about, [keywords / name for name in words]), strict=True)
    )
    _write_manifest(keywords, ("file", "split", "speaker", "label", "duration_s", "licence"), rows)
    pieces = [piece for path in sorted((out / "noise").glob("*.wav")) for piece in _cut_noise(path)]
    rows = ([f"{piece.parent.name}/{piece.name}", piece.parent.name, "", *_about(piece)] for piece in pieces)
    _write_manifest(out / "noise", COLUMNS, rows)


def _speaker_and_label(name: str) -> tuple[str, str]:
    """Of a word ``LABEL/SPEAKER_nohash_NUMBER.wav``."""
    label, _, file = name.partition("/")
    return f"gsc-{Path(file).stem.partition('_nohash_')[0]}", label


def _cut_noise(path: Path) -> list[Path]:
    """Replace a recording by its pieces for the splits, each in the split's folder."""
    samples, rate = soundfile.read(path, dtype="int16")
    ends = [len(samples) * 8 // 10, len(samples) * 9 // 10]
    pieces = [path.parent / split / path.name for split in SPLITS]
    for piece, part in zip(pieces, np.split(samples, ends), strict=True):
        piece.parent.mkdir(exist_ok=True)
        soundfile.write(piece, part, rate, subtype="PCM_16")
    path.unlink()
    return pieces


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise OssicleError(f"{archive.name!r} holds {member.name!r}, which leaves its folder; fetch it again")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    file = archive.extractfile(member)
    assert file is not None  # The member is a file.
    path.write_bytes(file.read())


def _about(path: Path) -> list[object]:
    """Duration and licence of a recording of Speech Commands."""
    return [round(soundfile.info(path).duration, 3), "CC BY 4.0"]


def _wavs(archive: zipfile.ZipFile) -> dict[str, str]:
    """The WAV files in a zip by the stem of their names; resource forks of macOS are none."""
    names = (name for name in archive.namelist() if name.endswith(".wav") and "__MACOSX" not in name)
    return {Path(name).stem: name for name in sorted(names)}


def _pairs(clean: dict[str, str], noisy: dict[str, str]) -> dict[str, tuple[str, str]]:
    alone = sorted(clean.keys() ^ noisy.keys())
    if alone:
        raise OssicleError(
            f"{alone[0]} and {len(alone) - 1} other utterances are clean or noisy only; fetch both again"
        )
    return {stem: (clean[stem], noisy[stem]) for stem in clean}


def _write_utterance(
    out: Path, split: str, member: tuple[str, bytes, bytes]
) -> tuple[list[object], list[object]]:
    """Write one utterance as FLAC of 16 bit; returns the lines of the two manifests."""
    stem, *data = member
    speaker = stem.partition("_")[0]
    clean, noisy = (_decode(content) for content in data)
    if len(clean) != len(noisy):
        raise OssicleError(f"the clean and the noisy {stem} differ in length; fetch both archives again")
    if split == "test":
        _write(out / "test" / "clean" / f"{stem}.flac", clean)
        _write(out / "test" / "noisy" / f"{stem}.flac", noisy)
    split = "val" if speaker in VALIDATION_SPEAKERS else split
    name, about = f"{split}/{stem}.flac", [round(len(clean) / SAMPLE_RATE, 3), "CC BY 4.0"]
    _write(out / "speech" / name, clean)
    _write(out / "noise" / name, noisy - clean)
    return [name, split, speaker, *about], [name, split, "", *about]


def _decode(content: bytes) -> np.ndarray:
    samples, rate = soundfile.read(BytesIO(content), dtype="float32", always_2d=True)
    return resample(samples, rate, SAMPLE_RATE)[:, 0]


def _write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.clip(samples, -1, 1), SAMPLE_RATE, subtype="PCM_16")


def _write_manifest(folder: Path, columns: Iterable[str], lines: Iterable[list[object]]) -> None:
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(lines)


_DATASHARE = "https://datashare.ed.ac.uk/bitstreams/{}/download"

VOICEBANK_DEMAND = PublicCorpus(
    "voicebank-demand",
    "30 speakers in DEMAND and artificial noise (Valentini-Botinhao 2017, doi 10.7488/ds/2117)",
    "CC BY 4.0",
    (
        Archive(
            "clean_trainset_28spk_wav.zip",
            _DATASHARE.format("245452b6-6235-44b6-a6f9-e7eb19797769"),
            "md5:d2d5a45ec32f8fcbf201bde0447e20ba",
            2_486_057_279,
        ),
        Archive(
            "noisy_trainset_28spk_wav.zip",
            _DATASHARE.format("ecb5a102-bb00-46d3-8af5-40c79823b837"),
            "md5:1fca9e8bafb8cd069f6653c6d92f9e9c",
            2_830_205_201,
        ),
        Archive(
            "clean_testset_wav.zip",
            _DATASHARE.format("dec213d3-bf57-4777-9663-c24bdce92d5e"),
            "md5:34eb1c0ba7ef667e9b966866c542fc16",
            154_000_000,
        ),
        Archive(
            "noisy_testset_wav.zip",
            _DATASHARE.format("13c1bfbf-14a6-41db-9b41-8f7310f01ad5"),
            "md5:fb1b86caa31e8ba5b506c0c64da9aab5",
            171_000_000,
        ),
    ),
    prepare_voicebank,
)

SPEECH_COMMANDS = PublicCorpus(
    "speech-commands",
    "35 words of 2,618 speakers, version 0.02 (Warden 2018, arXiv 1804.03209)",
    "CC BY 4.0",
    (
        Archive(
            "speech_commands_v0.02.tar.gz",
            "https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
            "sha256:af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
            2_428_923_189,
        ),
    ),
    prepare_speech_commands,
)

PUBLIC = {corpus.name: corpus for corpus in (VOICEBANK_DEMAND, SPEECH_COMMANDS)}
