"""Words: the classes, what training draws, and evaluation sets that never change."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from corpus import RATE, WORDS, write_manifest

from ossicle.data.augment import NO_CHANGE
from ossicle.data.keywords import (
    BACKGROUND,
    COMMANDS,
    LABELS,
    UNKNOWN,
    KeywordMixing,
    decode_keywords,
    draw_keyword,
    evaluation_set,
    fit_length,
    label_of,
    load_keywords,
    talk_seconds,
)
from ossicle.errors import OssicleError

PLAIN = KeywordMixing(background=0, unknown=0, shift_s=0, noisy=0, augment=NO_CHANGE)


@pytest.fixture(scope="module")
def corpus(keywords_root):
    return load_keywords(keywords_root)


@pytest.fixture(scope="module")
def sources(corpus):
    return decode_keywords(corpus, "train", RATE)


def draw(sources, mixing, seed=0):
    return draw_keyword(np.random.default_rng(seed), sources, mixing, RATE)


def test_every_word_that_is_no_command_is_unknown():
    assert [LABELS[label_of(word)] for word in WORDS] == [*COMMANDS, "unknown", "unknown"]


def test_sources_are_the_clips_of_a_split_by_class_and_word(sources):
    assert set(sources.words) == {UNKNOWN, 2, 3, 4, 5}
    assert set(sources.words[UNKNOWN]) == {"bed", "go"}
    assert all(len(clips) == 4 for group in sources.words.values() for clips in group.values())
    assert len(sources.noise) == 3


def test_an_evaluation_set_is_all_words_then_background_then_silence(corpus):
    signals, labels = evaluation_set(corpus, "test", RATE)
    assert (signals.shape, signals.dtype) == ((len(WORDS) * 4 + 3 + 1, RATE), np.float32)
    np.testing.assert_array_equal(np.bincount(labels), [4, 8, 4, 4, 4, 4])
    assert (labels[-4:] == BACKGROUND).all() and not signals[-1].any() and signals[-2].any()
    np.testing.assert_array_equal(signals, evaluation_set(corpus, "test", RATE)[0])
    assert not np.array_equal(signals, evaluation_set(corpus, "val", RATE)[0])


def test_a_longer_noise_gives_a_second_of_each_five(corpus, monkeypatch):
    monkeypatch.setattr("ossicle.data.keywords.BACKGROUND_EVERY_S", 1)
    # 3 s of hiss, 3 s of hum and 1.1 s of clicks, and the silence.
    assert np.sum(evaluation_set(corpus, "val", RATE)[1] == BACKGROUND) == 3 + 3 + 1 + 1
    monkeypatch.setattr("ossicle.data.keywords.BACKGROUND_MOST", 2)
    assert np.sum(evaluation_set(corpus, "val", RATE)[1] == BACKGROUND) == 2 + 2 + 1 + 1


@pytest.mark.parametrize(
    ("length", "wanted"), [(3, [2, 3, 4]), (5, [1, 2, 3, 4, 5]), (8, [0, *range(1, 6), 0, 0])]
)
def test_a_length_is_cut_or_padded_around_the_middle(length, wanted):
    np.testing.assert_array_equal(fit_length(np.arange(1, 6), length), wanted)


def test_classes_come_in_their_shares(sources):
    mixing = replace(PLAIN, background=0.2, unknown=0.4)
    labels = [draw(sources, mixing, seed)[1] for seed in range(600)]
    shares = np.bincount(labels, minlength=6) / 600
    np.testing.assert_allclose(shares, [0.2, 0.4, 0.1, 0.1, 0.1, 0.1], atol=0.07)


def test_without_changes_an_example_is_a_word_of_its_class_at_another_level(sources):
    for seed in range(10):
        signal, label = draw(sources, PLAIN, seed)
        assert (signal.shape, signal.dtype) == ((RATE,), np.float32)
        (clips,) = sources.words[label].values()
        matches = [np.corrcoef(signal, fit_length(clip, RATE))[0, 1] for clip in clips]
        assert max(matches) > 0.9999


def test_a_shift_moves_a_word_by_no_more_than_it_says(sources):
    mixing, places = replace(PLAIN, shift_s=0.1), set()
    for seed in range(30):
        signal, label = draw(sources, mixing, seed)
        (clips,) = sources.words[label].values()
        lags = np.fft.irfft(
            np.fft.rfft(signal, 2 * RATE) * np.fft.rfft(fit_length(clips[0], RATE), 2 * RATE).conj()
        )
        lag = (int(np.argmax(lags)) + RATE) % (2 * RATE) - RATE
        assert abs(lag) <= 0.1 * RATE + 20
        places.add(lag)
    assert len(places) > 10 and max(places) > 400 and min(places) < -400


def test_noise_comes_at_the_ratio_that_was_asked_for(sources):
    noisy = replace(PLAIN, noisy=1, snr_db=(0.0, 0.0))
    for seed in range(5):
        (signal, label), (plain, same) = draw(sources, noisy, seed), draw(sources, PLAIN, seed)
        assert label == same
        share = np.corrcoef(signal, plain)[0, 1]
        # Speech and noise of one level correlate with the speech by the root of a half.
        assert 0.5 < share < 0.9


def test_background_is_noise_or_silence(sources):
    mixing = replace(PLAIN, background=1)
    drawn = [draw(sources, mixing, seed) for seed in range(100)]
    silent = [not signal.any() for signal, _ in drawn]
    assert all(label == BACKGROUND for _, label in drawn) and 0 < sum(silent) < 20


def test_an_example_depends_on_its_generator_alone_whatever_is_changed(sources):
    mixing = KeywordMixing()
    for seed in range(8):
        first, again = draw(sources, mixing, seed), draw(sources, mixing, seed)
        np.testing.assert_array_equal(first[0], again[0])
        assert np.isfinite(first[0]).all() and np.abs(first[0]).max() <= 1 and first[1] == again[1]


def test_talk_comes_in_its_share_and_is_unknown(sources):
    mixing = replace(PLAIN, background=0.2, unknown=0.2, talk=0.4)
    labels = [draw(sources, mixing, seed)[1] for seed in range(600)]
    shares = np.bincount(labels, minlength=6) / 600
    np.testing.assert_allclose(shares, [0.2, 0.6, 0.05, 0.05, 0.05, 0.05], atol=0.07)


def test_talk_is_cut_from_anywhere_in_its_clips(sources):
    """Both clips, and silence before and behind them."""
    mixing = replace(PLAIN, talk=1, fragments=0)
    seconds = [draw(sources, mixing, seed)[0] for seed in range(100)]
    matches = [
        [
            np.abs(np.correlate(clip / np.linalg.norm(clip), second[second != 0][:8000])).max()
            for clip in sources.talk
        ]
        for second in seconds[:20]
    ]
    assert set(np.argmax(matches, axis=1)) == {0, 1}
    assert sum(not second[:1600].any() for second in seconds) > 5
    assert sum(not second[-1600:].any() for second in seconds) > 5
    assert min(np.count_nonzero(second) for second in seconds) > 0.2 * RATE


def test_a_fragment_of_talk_stands_in_silence(sources):
    mixing = replace(PLAIN, talk=1, fragments=1)
    for seed in range(30):
        heard = np.flatnonzero(draw(sources, mixing, seed)[0])
        assert 0 < heard[-1] - heard[0] < 0.7 * RATE


def test_talk_beside_a_command_leaves_a_pause_of_a_tenth_of_a_second(sources):
    clip = np.zeros(RATE, np.int16)
    clip[round(0.4 * RATE) : round(0.6 * RATE)] = 8000
    tone = replace(sources, words={label: {"word": [clip]} for label in range(UNKNOWN + 1, len(LABELS))})
    heard = np.array([draw(tone, replace(PLAIN, beside_talk=1), seed)[0] for seed in range(40)]) != 0
    frames = heard.reshape(40, 50, -1).any(axis=2)
    assert frames[:, 20:30].all() and not frames[:, 15:20].any() and not frames[:, 30:35].any()
    before, behind = frames[:, :15].any(axis=1), frames[:, 35:].any(axis=1)
    assert (before != behind).all() and min(before.sum(), behind.sum()) > 10


def test_without_talk_there_are_other_words_in_its_place(sources):
    mute, mixing = replace(sources, talk=[]), replace(PLAIN, talk=1, unknown_shift_s=0)
    for seed in range(10):
        signal, label = draw(mute, mixing, seed)
        words = [fit_length(clip, RATE) for group in sources.words[UNKNOWN].values() for clip in group]
        assert label == UNKNOWN and max(np.corrcoef(signal, word)[0, 1] for word in words) > 0.9999


def test_seconds_of_talk_are_always_the_same_and_end_in_silence(corpus):
    seconds = talk_seconds(corpus, "val", RATE)
    assert (seconds.shape, seconds.dtype) == ((8 + 5, RATE), np.float32)
    assert not seconds[7, 1700:].any() and seconds[7, :1500].any()
    np.testing.assert_array_equal(seconds, talk_seconds(corpus, "val", RATE))
    assert talk_seconds(replace(corpus, talk={}), "val", RATE).shape == (0, RATE)


def rewrite(keywords_root, tmp_path, change):
    """The manifests of the corpus after ``change`` of the list of rows of its words."""
    for kind in ("keywords", "noise"):
        with (keywords_root / kind / "manifest.csv").open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        write_manifest(tmp_path / kind, change(rows) if kind == "keywords" else rows)
    return tmp_path


def test_a_speaker_in_two_splits_is_refused(keywords_root, tmp_path):
    rewrite(keywords_root, tmp_path, lambda rows: [*rows, rows[0] | {"split": "val"}])
    with pytest.raises(OssicleError, match="speaker 'train-s0' stands in the splits train and val"):
        load_keywords(tmp_path)


def test_a_split_without_a_command_is_refused(keywords_root, tmp_path):
    rewrite(keywords_root, tmp_path, lambda rows: [row for row in rows if row["label"] != "left"])
    with pytest.raises(OssicleError, match="the split 'train' has no clip of left"):
        load_keywords(tmp_path)


def test_a_corpus_without_words_is_refused(corpus_root):
    with pytest.raises(OssicleError, match=r"cannot read .*keywords.manifest\.csv"):
        load_keywords(corpus_root)
