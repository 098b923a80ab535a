"""What each kind of audio file can hold: rates, channels, encodings.

libsndfile accepts more than it can write: some sound comes out at another rate, and some ends in a crash. The
table below was found by writing each kind at many rates and numbers of channels and reading it again
(libsndfile 1.2.2); ``tests/audio/test_formats.py`` does that again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import soundfile

from ossicle.errors import OssicleError

LOWEST_RATE, HIGHEST_RATE = 1000, 768_000
"""Sampling rates in Hz that sound has; a header that says another is wrong."""
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
ENDINGS = {
    "AIF": "AIFF",
    "AIFC": "AIFF",
    "OGA": "OGG",
    "OPUS": "OGG",
    "SND": "AU",
    "SPH": "NIST",
    "SF": "IRCAM",
    "8SVX": "SVX",
    "IFF": "SVX",
    "MAT": "MAT5",
    "WAVE": "WAV",
    "BWF": "WAV",
}
"""Endings of file names that are not the name of their kind."""
UNWRITABLE = ("RAW", "SD2", "SDS")
"""A kind without a header, one with its header in another file, and one whose last block libsndfile loses."""
LOSSY_DEPTH = 16
DEPTHS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 25, "DOUBLE": 54}
"""Bits of a sample; a float holds each 24-bit integer, and values beyond full scale."""


@dataclass(frozen=True)
class Limits:
    """What a kind of file can hold."""

    channels: int = 1024
    rate: Callable[[int], bool] = lambda rate: True
    rates: str = "any rate"
    """What ``rate`` accepts, in words."""


def _up_to(highest: int) -> Callable[[int], bool]:
    return lambda rate: rate <= highest


def _whole_period(units: int) -> Callable[[int], bool]:
    """Formats that store the length of a sample in whole units, of which a second has so many."""
    return lambda rate: units // (units // rate) == rate


LIMITS = {
    "AVR": Limits(2),
    "FLAC": Limits(8, _up_to(192_000), "up to 192000 Hz"),
    "HTK": Limits(1, _whole_period(10_000_000), "rates whose period is a multiple of 100 ns"),
    "MP3": Limits(2, lambda rate: rate in MP3_RATES, ", ".join(map(str, MP3_RATES)) + " Hz"),
    "MPC2K": Limits(2, _up_to(65_535), "up to 65535 Hz"),
    "OGG": Limits(255, _up_to(192_000), "up to 192000 Hz"),
    "PAF": Limits(2),
    "SVX": Limits(1, _up_to(65_535), "up to 65535 Hz"),
    "VOC": Limits(2),
    "WVE": Limits(1, lambda rate: rate == 8000, "8000 Hz"),
    "XI": Limits(1, lambda rate: rate == 44_100, "44100 Hz"),
}
"""Of kinds that cannot hold everything."""


def check_rate(rate: int) -> None:
    """Raise :class:`OssicleError` where no sound has that sampling rate."""
    if not 0 < rate <= HIGHEST_RATE:
        raise OssicleError(f"the sample rate must be 1 to {HIGHEST_RATE} Hz, not {rate}")


def output_format(path: Path) -> str:
    """Name that libsndfile has for the format of a file name's ending."""
    kind = path.suffix[1:].upper()
    kind = ENDINGS.get(kind, kind)
    if kind in UNWRITABLE or kind not in soundfile.available_formats():
        raise OssicleError(f"cannot tell the format of {path} by its ending; end it in .wav, .flac or .ogg")
    return kind


def is_writable(path: Path) -> bool:
    """Whether the ending of a file name is that of a format that can be written."""
    try:
        output_format(path)
    except OssicleError:
        return False
    return True


def check_holds(path: Path, kind: str, rate: int, channels: int) -> None:
    """Raise :class:`OssicleError` where a file of that kind cannot hold sound of that rate and channels."""
    limits = LIMITS.get(kind, Limits())
    if channels > limits.channels:
        raise OssicleError(
            f"cannot write {path}: {kind} holds up to {limits.channels} channels, and the sound has "
            f"{channels}; end the name in .wav"
        )
    if not limits.rate(rate):
        raise OssicleError(
            f"cannot write {path}: {kind} holds {limits.rates}, and the rate of the sound is {rate} Hz; end "
            "the name in .wav"
        )


def encoding(path: Path, kind: str, stored: str, rate: int) -> str:
    """The encoding in which a file of that kind keeps sound that was stored in the encoding ``stored``.

    The same, if the kind has it; else the one of fewest bits that loses nothing; else its best. Sound that
    was stored with losses counts as of 16 bits. MPEG is read in other kinds too, and written in none of them.
    """
    if path.suffix.lower() == ".opus":
        stored = "OPUS"
    known = [
        name for name in soundfile.available_subtypes(kind) if kind == "MP3" or not name.startswith("MPEG")
    ]
    if stored in known and not (stored == "OPUS" and rate not in OPUS_RATES):
        return stored
    depths = {name: depth for name, depth in DEPTHS.items() if name in known}
    if not depths:
        return str(soundfile.default_subtype(kind))
    wanted = DEPTHS.get(stored, LOSSY_DEPTH)
    enough = [name for name, depth in depths.items() if depth >= wanted]
    return min(enough, key=depths.__getitem__) if enough else max(depths, key=depths.__getitem__)
