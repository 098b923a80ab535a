"""A tiny training through every stage: corpus, network, quantization, C, scores."""

import csv
import json

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")
pytest.importorskip("pesq")
pytest.importorskip("pystoi")


def voice(rng, seconds):
    """Syllables of a harmonic tone whose pitch wanders: enough of speech for a network to tell from noise."""
    samples = round(seconds * 16000)
    pitch = rng.uniform(100, 220) * (
        1 + 0.1 * np.sin(2 * np.pi * np.arange(samples) / 16000 * rng.uniform(0.5, 2))
    )
    phase = 2 * np.pi * np.cumsum(pitch) / 16000
    tone = sum(np.sin(k * phase) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * np.arange(samples) / 16000 * rng.uniform(2, 4)), 0, 1)
    return 0.1 * tone * syllables


@pytest.fixture
def corpus(tmp_path):
    """Three speakers and two noises a split."""
    rng = np.random.default_rng(0)
    for kind in ("speech", "noise"):
        rows = []
        for split in ("train", "val"):
            for i in range(3):
                name = f"{split}{i}.flac"
                (tmp_path / "corpus" / kind).mkdir(parents=True, exist_ok=True)
                samples = voice(rng, 4) if kind == "speech" else rng.normal(0, 0.1, 64000)
                soundfile.write(tmp_path / "corpus" / kind / name, samples, 16000)
                rows.append([name, split, f"{split}-{i}" if kind == "speech" else "", 4.0, "CC0"])
        with (tmp_path / "corpus" / kind / "manifest.csv").open("w", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(["file", "split", "speaker", "duration_s", "licence"])
            writer.writerows(rows)
    return tmp_path / "corpus"


def test_a_network_trained_here_cleans_what_it_was_trained_for(ossicle, corpus, tmp_path):
    from ossicle.api.model_training import train_model
    from ossicle.data.augment import NO_CHANGE
    from ossicle.data.mixing import MixConfig
    from ossicle.train.recipe import FitConfig, Recipe

    config = FitConfig(
        "gru128", steps=40, batch=4, warmup=5, decay=0.5, validate_every=40, validation_clips=4
    )
    mixing = MixConfig(seconds=1.0, babble=0.0, coloured=0.0, second_noise=0.0, augment=NO_CHANGE)
    model = train_model(corpus, tmp_path / "run", Recipe(config, mixing), lambda progress: None, 0)
    rng = np.random.default_rng(5)
    for side in ("noisy", "clean"):
        (tmp_path / side).mkdir()
    for i in range(2):
        clean = voice(rng, 4)
        noisy = clean + rng.normal(0, 0.05, len(clean))
        soundfile.write(tmp_path / "clean" / f"{i}.flac", clean, 16000)
        soundfile.write(tmp_path / "noisy" / f"{i}.flac", noisy, 16000)
    means = {}
    for scheme in ("fp32", "mixed"):
        arguments = ("--noisy", "noisy", "--clean", "clean", "--scheme", scheme, "--json", "--jobs", 1)
        done = ossicle("evaluate", model, *arguments)
        assert done.returncode == 0, done.stderr
        means[scheme] = json.loads(done.stdout)["mean"]
    gain = means["fp32"]["enhanced"]["si_sdr_db"] - means["fp32"]["noisy"]["si_sdr_db"]
    assert gain > 2
    loss = means["fp32"]["enhanced"]["si_sdr_db"] - means["mixed"]["enhanced"]["si_sdr_db"]
    assert abs(loss) < 0.5
    again = ossicle("train", "gru128", "--data", corpus, "-o", "run", "--steps", 13)
    assert again.returncode == 2 and "another recipe" in again.stderr
