"""Fixed lists: what is written is what is read, and what is built is what the row says."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from corpus import RATE, write_manifest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossicle.data.corpus import load_corpus
from ossicle.data.mixing import rms
from ossicle.data.mixtures import (
    SNRS_DB,
    Mixture,
    build_mixture,
    draw_mixtures,
    read_mixtures,
    write_mixtures,
)
from ossicle.errors import OssicleError

ROW = Mixture("one", "val/s0_0.flac", "noise/val/hiss.flac@1000*1", 5.0, -36.0)
PART = re.compile(r"(noise|speech)/([^@;]+)@(\d+)\*([\d.]+)")


@pytest.fixture(scope="module")
def corpus(corpus_root):
    return load_corpus(corpus_root)


def flac(root, file):
    return soundfile.read(root / file)[0]


def realized_snr_db(noisy, clean):
    added = noisy.astype(np.float64) - clean
    frames = np.mean(clean[: len(clean) // 320 * 320].reshape(-1, 320).astype(np.float64) ** 2, axis=1)
    return 10 * np.log10(np.mean(frames[frames >= frames.max() / 1e4]) / np.mean(added**2))


NAMES = st.text("az09/._-@*;,\"' é", min_size=1)
NUMBERS = st.floats(-100, 100)


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(st.builds(Mixture, NAMES, NAMES, NAMES, NUMBERS, NUMBERS), max_size=5))
def test_a_list_survives_its_file(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    write_mixtures(path, rows)
    assert read_mixtures(path) == rows


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"name,speech\na,b\n",
        b"name,speech,noise,snr_db,level_dbfs\na,b,c,loud,-20\n",
        b"name,speech,noise,snr_db,level_dbfs\na,b\n",
        b"\xff\xfe\x00",
        b'name,"' + b"x" * 200_000,
    ],
)
def test_a_list_that_cannot_be_read_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(OssicleError, match=r"cannot read the list of mixtures .*list\.csv"):
        read_mixtures(tmp_path / "list.csv")


@pytest.mark.parametrize("snr_db", SNRS_DB)
@pytest.mark.parametrize(
    "noise",
    [
        "noise/val/hiss.flac@1000*1",
        "noise/val/clicks.flac@17000*1",
        "speech/val/s1_0.flac@5*0.5;speech/val/s2_1.flac@40000*0.25",
    ],
)
def test_a_built_mixture_has_its_ratio_and_level(corpus_root, noise, snr_db):
    noisy, clean = build_mixture(replace(ROW, noise=noise, snr_db=snr_db), corpus_root, RATE)
    assert len(noisy) == len(clean) == len(flac(corpus_root / "speech", ROW.speech))
    assert realized_snr_db(noisy, clean) == pytest.approx(snr_db, abs=0.01)
    assert 20 * np.log10(rms(noisy)) == pytest.approx(ROW.level_dbfs, abs=0.001)


def test_a_built_mixture_is_the_same_each_time(corpus_root):
    np.testing.assert_array_equal(
        build_mixture(ROW, corpus_root, RATE), build_mixture(ROW, corpus_root, RATE)
    )


def test_a_built_mixture_adds_the_stretches_that_its_row_names(corpus_root):
    row = replace(ROW, noise="noise/val/clicks.flac@17000*2;speech/val/s3_0.flac@123*0.5")
    noisy, clean = build_mixture(row, corpus_root, RATE)
    clicks, voice = flac(corpus_root, "noise/val/clicks.flac"), flac(corpus_root, "speech/val/s3_0.flac")
    expected = np.array(
        [
            2 * clicks[(17000 + i) % len(clicks)] + 0.5 * voice[(123 + i) % len(voice)]
            for i in range(len(clean))
        ]
    )
    added = noisy.astype(np.float64) - clean
    gain = np.dot(added, expected) / np.dot(expected, expected)
    np.testing.assert_allclose(added, gain * expected, atol=1e-7)
    speech = flac(corpus_root, "speech/val/s0_0.flac")
    np.testing.assert_allclose(clean, speech * (np.dot(clean, speech) / np.dot(speech, speech)), atol=1e-7)


@pytest.mark.parametrize(
    "noise", ["", "noise/val/hiss.flac", "noise/val/hiss.flac@x*1", "noise/val/hiss.flac@1"]
)
def test_a_part_that_is_not_of_the_form_is_refused_with_its_row(corpus_root, noise):
    with pytest.raises(OssicleError, match=r"mixture one: .*FILE@START\*GAIN"):
        build_mixture(replace(ROW, noise=noise), corpus_root, RATE)


def test_a_row_whose_file_is_missing_is_refused(corpus_root):
    with pytest.raises(OssicleError, match=r"cannot read .*gone\.flac"):
        build_mixture(replace(ROW, noise="noise/val/gone.flac@0*1"), corpus_root, RATE)


@pytest.mark.parametrize("split", ["val", "test"])
def test_a_drawn_list_is_of_its_split_and_covers_all_ratios(corpus, split):
    rows = draw_mixtures(corpus, split, RATE, 20, 5, seed=1)
    speaker_of = {clip.file: clip.speaker for clip in corpus.speech[split]}
    noise_files = {clip.file for clip in corpus.noise[split]}
    assert [row.name for row in rows] == [f"{split}{n:03d}" for n in range(20)]
    assert Counter(row.snr_db for row in rows) == dict.fromkeys(SNRS_DB, 5)
    assert all(-34 <= row.level_dbfs <= -20 for row in rows)
    assert {speaker_of[row.speech] for row in rows} == set(speaker_of.values())
    for index, row in enumerate(rows):
        parts = PART.findall(row.noise)
        assert ";".join(f"{folder}/{file}@{start}*{gain}" for folder, file, start, gain in parts) == row.noise
        if index % 5 == 4:
            voices = [speaker_of[file] for folder, file, _, _ in parts if folder == "speech"]
            assert len(voices) == len(set(voices)) == len(parts) == 3
            assert speaker_of[row.speech] not in voices
        else:
            ((folder, file, _, gain),) = parts
            assert (folder, gain) == ("noise", "1")
            assert file in noise_files


def test_noises_repeat_only_after_all_were_used(corpus):
    rows = draw_mixtures(corpus, "val", RATE, 3, 10, seed=1)
    assert len({row.noise.partition("@")[0] for row in rows}) == 3


def test_babble_is_drawn_within_6_db(corpus, corpus_root):
    for row in draw_mixtures(corpus, "val", RATE, 10, 1, seed=3):
        levels = [
            float(gain) * rms(flac(corpus_root / folder, file))
            for folder, file, _, gain in PART.findall(row.noise)
        ]
        assert 20 * np.log10(max(levels) / min(levels)) < 6.01


def test_the_seed_fixes_a_list(corpus):
    first, again, other = (draw_mixtures(corpus, "val", RATE, 12, 4, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_drawn_list_can_be_built_after_its_file(corpus, corpus_root, tmp_path):
    rows = draw_mixtures(corpus, "test", RATE, 5, 5, seed=7)
    write_mixtures(tmp_path / "list.csv", rows)
    for row in read_mixtures(tmp_path / "list.csv"):
        assert realized_snr_db(*build_mixture(row, corpus_root, RATE)) == pytest.approx(row.snr_db, abs=0.01)


def test_a_split_that_is_missing_or_of_one_speaker_is_refused(tmp_path):
    row = {"file": "a.flac", "split": "val", "speaker": "ann", "duration_s": 3, "licence": "CC0-1.0"}
    write_manifest(tmp_path / "speech", [row, row | {"speaker": "bob", "duration_s": 1.9}])
    write_manifest(tmp_path / "noise", [row])
    corpus = load_corpus(tmp_path)
    with pytest.raises(OssicleError, match="two speakers with clips of 2 s"):
        draw_mixtures(corpus, "val", RATE, 5, 5, seed=0)
    with pytest.raises(OssicleError, match="no clips in its split 'test'"):
        draw_mixtures(corpus, "test", RATE, 5, 5, seed=0)
