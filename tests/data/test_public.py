"""Public corpora, from look-alike archives that a server on this machine gives out."""

import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from corpus import SPLITS, noises, voice

pytest.importorskip("pooch")

from ossicle.data.corpus import load_corpus, read_manifest
from ossicle.data.download import Archive, fetch, missing_bytes
from ossicle.data.public import PUBLIC, SPEECH_COMMANDS, VOICEBANK_DEMAND, get_corpus
from ossicle.errors import OssicleError
from ossicle.metrics.signal import snr

RATE = 48000
SPEAKERS = {"train": ("p225", "p226", "p287"), "test": ("p232", "p257")}


class Server(http.server.ThreadingHTTPServer):
    """Gives out ``files``; breaks off after ``limit`` bytes, and knows ranges unless ``ranges`` is false."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.limit, self.ranges, self.starts = {}, None, True, []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.server.files.get(self.path[1:])
        if content is None:
            self.send_error(404)
            return
        asked = self.headers.get("Range") if self.server.ranges else None
        start = int(asked[6:-1]) if asked else 0
        self.server.starts.append(start)
        if asked and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : self.server.limit])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wav(samples, rate):
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def tarred(files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def offered(server, corpus, contents):
    """The corpus ``corpus`` with archives of ``contents`` on the server."""
    archives = []
    for archive, content in zip(corpus.archives, contents, strict=True):
        server.files[archive.name] = content
        url = f"http://127.0.0.1:{server.server_port}/{archive.name}"
        checksum = "sha256:" + hashlib.sha256(content).hexdigest()
        archives.append(Archive(archive.name, url, checksum, len(content)))
    return replace(corpus, archives=tuple(archives))


def voicebank(drop=None):
    """The four zips, of two utterances a speaker, and the clean and noisy signals by utterance."""
    rng = np.random.default_rng(0)
    signals, contents = {}, []
    for split, speakers in SPEAKERS.items():
        for number, speaker in enumerate(speakers):
            for i in range(2):
                clean = voice(rng, 100 + 20 * number, 1.5)
                clean = np.repeat(clean, 3) * 0.5
                signals[split, f"{speaker}_00{i}"] = clean, clean + 0.05 * rng.standard_normal(len(clean))
        for side in (0, 1):
            of_split = {stem: pair[side] for (of, stem), pair in signals.items() if of == split}
            files = {f"set/{stem}.wav": wav(signal, RATE) for stem, signal in of_split.items()}
            if side:
                files.pop(f"set/{drop}.wav", None)
            contents.append(zipped({**files, "__MACOSX/set/._p225_000.wav": b"fork"}))
    return contents, signals


def test_voicebank_becomes_speech_noise_and_test_pairs(server, tmp_path):
    contents, signals = voicebank()
    get_corpus(
        offered(server, VOICEBANK_DEMAND, contents), tmp_path / "vb", tmp_path / "cache", lambda _: None
    )
    corpus = load_corpus(tmp_path / "vb")
    assert {split: {clip.speaker for clip in clips} for split, clips in corpus.speech.items()} == {
        "train": {"p225"},
        "val": {"p226", "p287"},
        "test": {"p232", "p257"},
    }
    assert {split: len(clips) for split, clips in corpus.noise.items()} == {"train": 2, "val": 4, "test": 4}
    assert corpus.speech["train"][0].licence == "CC BY 4.0"
    assert corpus.speech["train"][0].duration_s == pytest.approx(1.5)
    for (split, stem), (clean, _) in signals.items():
        folder = {"p226": "val", "p287": "val"}.get(stem[:4], split)
        speech, rate = soundfile.read(tmp_path / "vb" / "speech" / folder / f"{stem}.flac")
        noise = soundfile.read(tmp_path / "vb" / "noise" / folder / f"{stem}.flac")[0]
        assert rate == 16000 and len(speech) == len(noise) == 24000
        assert snr(speech[200:-200], clean[1::3][200:-200]) > 15
        assert np.std(noise) == pytest.approx(0.05 / np.sqrt(3), rel=0.1)
        if split == "test":
            heard = soundfile.read(tmp_path / "vb" / "test" / "noisy" / f"{stem}.flac")[0]
            assert snr(heard, speech + noise) > 60
    assert not list(tmp_path.glob("*.part"))


def test_an_utterance_without_its_partner_is_refused_and_nothing_is_left(server, tmp_path):
    contents, _ = voicebank(drop="p225_001")
    corpus = offered(server, VOICEBANK_DEMAND, contents)
    with pytest.raises(OssicleError, match="p225_001 and 0 other utterances are clean or noisy only"):
        get_corpus(corpus, tmp_path / "vb", tmp_path / "cache", lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def speech_commands():
    rng = np.random.default_rng(0)
    words = {
        f"./{word}/{speaker}_nohash_{i}.wav": wav(voice(rng, 120, 1), 16000)
        for word in ("yes", "no")
        for speaker in ("aa", "bb", "cc")
        for i in range(2)
    }
    lists = {
        "./validation_list.txt": b"yes/bb_nohash_0.wav\nyes/bb_nohash_1.wav\nno/bb_nohash_0.wav\n",
        "./testing_list.txt": b"no/cc_nohash_0.wav\n",
    }
    return words | lists | {"./_background_noise_/hiss.wav": wav(noises(rng)["hiss"], 16000)}


def test_speech_commands_keep_their_published_split(server, tmp_path):
    corpus = offered(server, SPEECH_COMMANDS, [tarred(speech_commands())])
    get_corpus(corpus, tmp_path / "sc", tmp_path / "cache", lambda _: None)
    words = read_manifest(tmp_path / "sc" / "keywords")
    assert {split: len(clips) for split, clips in words.items()} == {"train": 8, "val": 3, "test": 1}
    assert words["test"][0].file == "no/cc_nohash_0.wav"
    assert words["test"][0].speaker == "gsc-cc"
    assert words["test"][0].duration_s == 1.0
    assert words["test"][0].path.is_file()
    assert (
        "file,split,speaker,label,duration_s" in (tmp_path / "sc" / "keywords" / "manifest.csv").read_text()
    )
    noise = read_manifest(tmp_path / "sc" / "noise")
    assert {split: [clip.file for clip in clips] for split, clips in noise.items()} == {
        split: [f"{split}/hiss.wav"] for split in SPLITS
    }
    assert {split: clips[0].duration_s for split, clips in noise.items()} == {
        "train": 2.4,
        "val": 0.3,
        "test": 0.3,
    }
    pieces = np.concatenate([soundfile.read(noise[split][0].path, dtype="int16")[0] for split in SPLITS])
    whole = speech_commands()["./_background_noise_/hiss.wav"]
    np.testing.assert_array_equal(pieces, soundfile.read(io.BytesIO(whole), dtype="int16")[0])
    assert {path.name for path in (tmp_path / "sc" / "noise").iterdir()} == {*SPLITS, "manifest.csv"}


@pytest.mark.parametrize("name", ["../outside.wav", "/tmp/outside.wav", "yes/../../outside.wav"])
def test_a_hostile_archive_writes_nothing_outside_its_folder(server, tmp_path, name):
    corpus = offered(server, SPEECH_COMMANDS, [tarred({name: b"x"} | speech_commands())])
    with pytest.raises(OssicleError, match="leaves its folder"):
        get_corpus(corpus, tmp_path / "sc", tmp_path / "cache", lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_a_transfer_that_broke_off_goes_on_where_it_was(server, tmp_path):
    content = np.random.default_rng(0).bytes(1_000_000)
    archive = offered(server, SPEECH_COMMANDS, [content]).archives[0]
    came = []
    server.limit = 300_000
    with pytest.raises(OssicleError, match="the same command goes on from here"):
        fetch(archive, tmp_path, came.append)
    kept = sum(came)
    assert 200_000 < kept <= 300_000
    assert missing_bytes((archive,), tmp_path) == 1_000_000 - kept
    server.limit = None
    path = fetch(archive, tmp_path, came.append)
    assert path.read_bytes() == content
    assert server.starts == [0, kept]
    assert sum(came) == 1_000_000
    assert missing_bytes((archive,), tmp_path) == 0
    assert fetch(archive, tmp_path, came.append) == path
    assert server.starts == [0, kept]
    assert [entry.name for entry in tmp_path.iterdir()] == [archive.name]


def test_a_server_that_knows_no_ranges_is_read_from_the_start(server, tmp_path):
    content = np.random.default_rng(0).bytes(50_000)
    archive = offered(server, SPEECH_COMMANDS, [content]).archives[0]
    came = []
    server.limit, server.ranges = 20_000, False
    with pytest.raises(OssicleError, match="goes on from here"):
        fetch(archive, tmp_path, came.append)
    server.limit = None
    assert fetch(archive, tmp_path, came.append).read_bytes() == content
    assert sum(came) == 50_000


def test_a_file_that_was_complete_but_not_yet_checked_is_taken(server, tmp_path):
    content = np.random.default_rng(0).bytes(5_000)
    archive = offered(server, SPEECH_COMMANDS, [content]).archives[0]
    (tmp_path / f"{archive.name}.part").write_bytes(content)
    assert fetch(archive, tmp_path, lambda _: None).read_bytes() == content


def test_another_file_than_the_one_that_was_published_is_refused(server, tmp_path):
    corpus = offered(server, SPEECH_COMMANDS, [tarred(speech_commands())])
    server.files[corpus.archives[0].name] = b"something else"
    with pytest.raises(OssicleError, match="its checksum differs"):
        get_corpus(corpus, tmp_path / "sc", tmp_path / "cache", lambda _: None)
    assert not (tmp_path / "sc").exists()
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_server_that_is_away_or_has_no_such_file_is_named(server, tmp_path):
    archive = offered(server, SPEECH_COMMANDS, [b"x"]).archives[0]
    server.files.clear()
    with pytest.raises(OssicleError, match=r"cannot fetch .*404"):
        fetch(archive, tmp_path, lambda _: None)
    with pytest.raises(OssicleError, match="cannot fetch http://127"):
        fetch(replace(archive, url="http://127.0.0.1:1/a"), tmp_path, lambda _: None)


def test_a_folder_that_holds_something_is_left_alone(server, tmp_path):
    (tmp_path / "sc").mkdir()
    (tmp_path / "sc" / "mine.txt").write_text("precious")
    with pytest.raises(OssicleError, match="is not an empty folder"):
        get_corpus(PUBLIC["speech-commands"], tmp_path / "sc", tmp_path, lambda _: None)
    assert (tmp_path / "sc" / "mine.txt").read_text() == "precious"


def test_every_archive_of_the_catalogue_has_a_checksum_and_an_address():
    for corpus in PUBLIC.values():
        for archive in corpus.archives:
            kind, _, digest = archive.checksum.partition(":")
            assert len(digest) == {"md5": 32, "sha256": 64}[kind]
            assert archive.url.startswith("https://")
            assert archive.size > 1e8
