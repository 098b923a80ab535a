"""Make the examples: a synthetic voice in the noise of a fan and of rain, and a recorded one in rain.

    python examples/make_voice.py

The recorded voice is ``reader.flac`` (README.md beside this file). The synthetic one is a cascade formant
synthesizer after Klatt (1980), with the glottal pulse of Klatt and Klatt (1990). It says "The small bones of
the ear carry every sound. Now we can hear them clearly." Two runs give the same files.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, lfilter, sosfilt

from ossicle.data.mixing import mix

HERE = Path(__file__).parent
RATE = 16000
BLOCK = 16
"""Samples for which all controls are constant, 1 ms."""
SNR_DB, LEVEL_DBFS = 5.0, -26.0
OPEN_SHARE = 0.6
"""Share of a glottal period in which the folds are open."""
UPPER_FORMANTS = ((3500.0, 200.0), (4500.0, 260.0), (5600.0, 350.0), (6700.0, 450.0))
"""Centre and bandwidth in Hz of the formants that do not move."""
BANDWIDTHS = (70.0, 90.0, 130.0)
"""Bandwidths in Hz of the first three formants."""


@dataclass(frozen=True)
class Phone:
    """Targets of a speech sound: length in ms, formants in Hz, and the strength of each source, 0..1."""

    length: int
    formants: tuple[int, int, int]
    voice: float = 1.0
    breath: float = 0.02
    hiss: float = 0.0
    hiss_band: tuple[int, int] = (3000, 7000)


VOWELS = {
    "ah": Phone(70, (620, 1220, 2550)),
    "ao": Phone(130, (580, 880, 2540)),
    "ow": Phone(80, (540, 1100, 2300)),
    "uh": Phone(80, (390, 900, 2300)),
    "ih": Phone(90, (410, 1950, 2600)),
    "iy": Phone(120, (300, 2250, 3000)),
    "eh": Phone(100, (550, 1800, 2550)),
    "ae": Phone(130, (680, 1700, 2450)),
    "aa": Phone(110, (760, 1250, 2500)),
}
CONSONANTS = {
    "r": Phone(70, (330, 1100, 1550), 0.8),
    "l": Phone(70, (350, 1000, 2700), 0.7),
    "w": Phone(70, (300, 650, 2200), 0.7),
    "m": Phone(75, (270, 1000, 2200), 0.35),
    "n": Phone(65, (270, 1450, 2450), 0.35),
    "dh": Phone(45, (300, 1300, 2550), 0.35, 0.02, 0.04, (4000, 7800)),
    "v": Phone(55, (280, 1100, 2200), 0.4, 0.02, 0.05, (3000, 7800)),
    "z": Phone(75, (280, 1600, 2600), 0.3, 0.02, 0.22, (4200, 7600)),
    "s": Phone(110, (320, 1600, 2600), 0.0, 0.0, 0.38, (4200, 7700)),
    "h": Phone(60, (500, 1600, 2500), 0.05, 0.35),
    "b_": Phone(55, (200, 900, 2200), 0.08, 0.0),
    "b": Phone(12, (250, 950, 2250), 0.4, 0.05, 0.15, (400, 2000)),
    "d_": Phone(45, (200, 1700, 2600), 0.08, 0.0),
    "d": Phone(14, (250, 1700, 2600), 0.3, 0.05, 0.25, (3000, 6000)),
    "k_": Phone(65, (300, 1800, 2300), 0.0, 0.0),
    "k": Phone(22, (350, 1850, 2350), 0.0, 0.1, 0.40, (1400, 3200)),
    "kh": Phone(35, (400, 1800, 2400), 0.05, 0.30),
    "-": Phone(300, (450, 1500, 2500), 0.0, 0.0),
}
PHONES = VOWELS | CONSONANTS
SENTENCE = (
    "- dh ah s m ao l b_ b ow ow uh n z ah v dh ah ih ih r k_ k kh ae r iy eh v r iy s aa aa uh n n d_ d "
    "- - n aa uh w iy iy k_ k kh ae n h ih ih r dh eh m k_ k kh l ih ih r l iy iy -"
)


def tracks() -> dict[str, np.ndarray]:
    """Controls a block: targets held for each phone, then glided as the articulators do."""
    phones = [PHONES[name] for name in SENTENCE.split()]
    counts = [phone.length * RATE // 1000 // BLOCK for phone in phones]
    held = {
        "formants": np.array([phone.formants for phone in phones], float),
        "sources": np.array([[phone.voice, phone.breath, phone.hiss] for phone in phones]),
        "band": np.array([phone.hiss_band for phone in phones], float),
    }
    held = {name: np.repeat(values, counts, axis=0) for name, values in held.items()}
    return {
        "formants": glide(held["formants"], 65),
        "sources": glide(held["sources"], 25),
        "band": held["band"],
    }


def glide(values: np.ndarray, blocks: int) -> np.ndarray:
    """Smooth each column by a Hann window of so many blocks."""
    window = np.hanning(blocks + 2)[1:-1]
    padded = np.pad(values, ((blocks // 2, blocks // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window / window.sum(), "valid") for column in padded.T], axis=1)


def glottis(rng: np.random.Generator, strength: np.ndarray) -> np.ndarray:
    """Derivative of the glottal flow ``x^2 - x^3`` (Klatt and Klatt 1990); pitch falls over each sentence."""
    samples = len(strength)
    pulses = np.zeros(samples)
    pauses = np.flatnonzero(strength < 0.01)
    start = 0
    while start < samples:
        since = start - (pauses[pauses <= start][-1] if np.any(pauses <= start) else 0)
        seconds = start / RATE
        pitch = 122 - 9 * (seconds % 3.7) + 12 * np.sin(2 * np.pi * 1.7 * seconds) * np.exp(-since / RATE)
        period = round(RATE / (pitch * (1 + 0.008 * rng.standard_normal())))
        open_samples = round(OPEN_SHARE * period)
        x = np.arange(open_samples) / open_samples
        stop = min(start + open_samples, samples)
        pulses[start:stop] = ((2 * x - 3 * x**2) * (1 + 0.05 * rng.standard_normal()))[: stop - start]
        start += period
    return pulses * strength


def resonate(signal: np.ndarray, centres: np.ndarray, bandwidth: float) -> np.ndarray:
    """Second-order resonator (Klatt 1980, eq. 2) whose centre in Hz may change from block to block."""
    c = -np.exp(-2 * np.pi * bandwidth / RATE)
    output, last, before = np.empty_like(signal), 0.0, 0.0
    for block, centre in enumerate(centres):
        b = 2 * np.exp(-np.pi * bandwidth / RATE) * np.cos(2 * np.pi * centre / RATE)
        part = slice(block * BLOCK, (block + 1) * BLOCK)
        # The state from the last two outputs, so that a moving centre does not click.
        state = [b * last + c * before, c * last]
        output[part], _ = lfilter([1 - b - c], [1, -b, -c], signal[part], zi=state)
        before, last = output[part][-2:]
    return output


def hiss(rng: np.random.Generator, strength: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Frication: noise in the band of each phone, in Hz."""
    total = np.zeros(len(strength))
    for low, high in np.unique(bands, axis=0):
        here = np.repeat(np.all(bands == (low, high), axis=1), BLOCK)
        shape = butter(2, [low, high], "bandpass", fs=RATE, output="sos")
        total += sosfilt(shape, rng.standard_normal(len(strength)) * strength * here)
    return total


def speak(rng: np.random.Generator) -> np.ndarray:
    """The clean voice, float of shape ``(n,)``, its largest sample 0.5."""
    control = tracks()
    samples = len(control["formants"]) * BLOCK
    at = np.arange(samples) / BLOCK - 0.5
    voice, breath, friction = (
        np.interp(at, np.arange(len(column)), column) for column in control["sources"].T
    )
    source = glottis(rng, voice) + 0.25 * breath * rng.standard_normal(samples)
    for column, bandwidth in zip(control["formants"].T, BANDWIDTHS, strict=True):
        source = resonate(source, column, bandwidth)
    for centre, bandwidth in UPPER_FORMANTS:
        source = resonate(source, np.full(samples // BLOCK, centre), bandwidth)
    speech = source / np.abs(source).max() + 0.35 * hiss(rng, friction, control["band"])
    return 0.5 * speech / np.abs(speech).max()


def room(rng: np.random.Generator, samples: int) -> np.ndarray:
    """A fan, dark and slowly swelling with the hum of its motor, and drops of rain."""
    seconds = np.arange(samples) / RATE
    fan = lfilter([1], [1, -0.96], rng.standard_normal(samples)) * (
        1 + 0.2 * np.sin(2 * np.pi * 0.7 * seconds)
    )
    hum = sum(np.sin(2 * np.pi * 50 * k * seconds + k) / k for k in (1, 2, 3, 4, 6))
    return fan / fan.std() + 0.5 * hum + 0.3 * rain(rng, samples)


def rain(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Drops of rain that follow each other closely, of standard deviation 1."""
    drops = np.zeros(samples)
    drops[rng.integers(0, samples, samples // 60)] = rng.exponential(1, samples // 60)
    band = butter(2, [900, 7000], "bandpass", fs=RATE, output="sos")
    sound = sosfilt(band, drops * rng.choice([-1, 1], samples))
    return sound / sound.std()


def main(out: Path = HERE) -> None:
    """Write ``clean.flac`` and ``noisy.flac`` of the synthetic voice, ``reader_noisy.flac``; 16 bit."""
    rng = np.random.default_rng(7)
    voice = speak(rng)
    noisy, clean = mix(voice, room(rng, len(voice)), SNR_DB, LEVEL_DBFS, RATE)
    reader, _ = soundfile.read(HERE / "reader.flac")
    read, _ = mix(reader, rain(rng, len(reader)), SNR_DB, LEVEL_DBFS, RATE)
    for name, signal in (("noisy", noisy), ("clean", clean), ("reader_noisy", read)):
        soundfile.write(out / f"{name}.flac", np.rint(signal * 32768).astype(np.int16), RATE)


if __name__ == "__main__":
    main()
