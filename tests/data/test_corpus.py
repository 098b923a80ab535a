"""Manifests and clips: what is in them, and what is refused."""

import numpy as np
import pytest
import soundfile
from corpus import CLIPS, RATE, SPEAKERS, SPLITS, write_manifest

from ossicle.data.corpus import clips_of, load_corpus, read_clip, read_clips, read_manifest
from ossicle.errors import OssicleError

ROW = {"file": "a.wav", "split": "train", "speaker": "ann", "duration_s": "2.5", "licence": "CC0-1.0"}


def corpus_of(root, *rows):
    """A corpus of these rows of speech, without its audio."""
    write_manifest(root / "speech", [ROW | row for row in rows])
    write_manifest(root / "noise", [ROW])
    return root


def test_a_corpus_has_the_clips_of_each_split(corpus_root):
    corpus = load_corpus(corpus_root)
    assert set(corpus.speech) == set(corpus.noise) == set(SPLITS)
    for split in SPLITS:
        clips = corpus.speech[split]
        assert len(clips) == SPEAKERS * CLIPS
        assert {clip.speaker for clip in clips} == {f"{split}-s{n}" for n in range(SPEAKERS)}
        assert all(clip.file.startswith(f"{split}/") and clip.path.is_file() for clip in clips)
        assert len(corpus.noise[split]) == 3
    first = corpus.speech["train"][0]
    assert (first.file, first.duration_s, first.licence) == ("train/s0_0.flac", 2.2, "CC0-1.0")
    assert first.path == corpus_root / "speech" / "train" / "s0_0.flac"


def test_a_speaker_in_two_splits_is_refused_by_name(tmp_path):
    with pytest.raises(OssicleError, match="speaker 'ann' stands in the splits train and test"):
        load_corpus(corpus_of(tmp_path, {}, {"speaker": "bob"}, {"split": "test"}))


def test_a_noise_may_have_the_same_source_in_two_splits(tmp_path):
    corpus_of(tmp_path, {})
    write_manifest(tmp_path / "noise", [ROW, ROW | {"split": "test"}])
    assert set(load_corpus(tmp_path).noise) == {"train", "test"}


@pytest.mark.parametrize("missing", list(ROW))
def test_a_missing_column_is_named(tmp_path, missing):
    write_manifest(tmp_path, [{column: value for column, value in ROW.items() if column != missing}])
    with pytest.raises(OssicleError, match=rf"manifest\.csv lacks the columns {missing}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "../secret.wav"}, "leaves the corpus folder"),
        ({"file": "train/../../secret.wav"}, "leaves the corpus folder"),
        ({"file": "/etc/secret.wav"}, "leaves the corpus folder"),
        ({"file": ""}, "a field is missing"),
        ({"duration_s": "long"}, "not a number of seconds"),
        ({"duration_s": ""}, "not a number of seconds"),
        ({"duration_s": "nan"}, "not a number of seconds"),
        ({"duration_s": "inf"}, "not a number of seconds"),
        ({"duration_s": "-1"}, "not a number of seconds"),
        ({"duration_s": "0"}, "not a number of seconds"),
        ({"split": "training"}, "split 'training' is none of train, val, test"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_its_line(tmp_path, change, words):
    write_manifest(tmp_path, [ROW, ROW | change])
    with pytest.raises(OssicleError, match=rf"manifest\.csv, line 3: .*{words}"):
        read_manifest(tmp_path)


def test_a_row_with_too_few_fields_is_refused(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,split,speaker,duration_s,licence\na.wav,train\n")
    with pytest.raises(OssicleError, match="line 2: a field is missing"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"", b"file,split,speaker,duration_s,licence\n"])
def test_a_manifest_without_rows_is_refused(tmp_path, content):
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(OssicleError, match="lacks rows"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00junk", b'file,"' + b"x" * 200_000, None])
def test_a_manifest_that_is_missing_or_no_text_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(OssicleError, match=r"cannot read .*manifest\.csv"):
        read_manifest(tmp_path)


def test_further_columns_and_a_byte_order_mark_do_no_harm(tmp_path):
    write_manifest(tmp_path, [ROW | {"source": "here"}])
    text = (tmp_path / "manifest.csv").read_text()
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8-sig")
    assert [clip.file for clip in read_manifest(tmp_path)["train"]] == ["a.wav"]


def test_clips_are_decoded_in_order_to_the_integers_of_their_files(corpus_root):
    clips = load_corpus(corpus_root).speech["val"]
    for clip, samples in zip(clips, read_clips(clips, RATE), strict=True):
        np.testing.assert_array_equal(samples, soundfile.read(clip.path, dtype="int16")[0])
        assert samples.dtype == np.int16
        assert len(samples) == pytest.approx(clip.duration_s * RATE, abs=RATE / 1000)


@pytest.mark.parametrize(
    ("samples", "rate", "words"),
    [
        (np.zeros(100), 8000, "must be mono at 16000 Hz"),
        (np.zeros((100, 2)), 16000, "must be mono at 16000 Hz"),
        (np.zeros(0), 16000, "holds no samples"),
        (None, 16000, "is the corpus complete"),
    ],
)
def test_a_clip_that_training_cannot_use_is_refused(tmp_path, samples, rate, words):
    (clip,) = load_corpus(corpus_of(tmp_path, {})).speech["train"]
    if samples is not None:
        soundfile.write(clip.path, samples, rate)
    with pytest.raises(OssicleError, match=rf"a\.wav .*{words}"):
        read_clip(clip, 16000)


def test_a_split_without_clips_is_refused(tmp_path):
    corpus = load_corpus(corpus_of(tmp_path, {}))
    assert clips_of(corpus.speech, "train") == corpus.speech["train"]
    with pytest.raises(OssicleError, match="no clips in its split 'val'"):
        clips_of(corpus.speech, "val")
