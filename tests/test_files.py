"""Files that users name: what is read, what is replaced."""

import os

import numpy as np
import pytest

from ossicle.cli.app import visible
from ossicle.errors import OssicleError
from ossicle.files import check_file, read_toml, replacing
from ossicle.numerics.arrays import read_npz


def test_a_file_is_replaced_whole_or_stays_as_it_is(tmp_path):
    path = tmp_path / "out"
    with replacing(path) as partial:
        partial.write_bytes(b"whole")
        assert not path.exists()
    with pytest.raises(ValueError), replacing(path) as partial:
        partial.write_bytes(b"ha")
        raise ValueError
    assert path.read_bytes() == b"whole" and os.listdir(tmp_path) == ["out"]


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to("target")
    with replacing(tmp_path / "link") as partial:
        partial.write_bytes(b"whole")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_bytes() == b"whole"


def test_pipes_and_folders_are_neither_read_nor_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OssicleError, match="a folder, a device or a pipe"), replacing(tmp_path / name):
            pass
        with pytest.raises(OssicleError, match=r"no regular file|is a folder"):
            check_file(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]


def test_a_link_that_leads_to_itself_is_an_error_of_the_system(tmp_path):
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(OSError), replacing(tmp_path / "link"):
        pass


def test_a_file_has_a_largest_size(tmp_path):
    (tmp_path / "file").write_bytes(bytes(11))
    check_file(tmp_path / "file", 11)
    with pytest.raises(OssicleError, match="has 11 bytes, and up to 10 are read"):
        check_file(tmp_path / "file", 10)


@pytest.mark.parametrize("text", [b"a = ", b"\xff", b"a = " + b"[" * 100_000])
def test_settings_that_are_no_toml_are_refused(tmp_path, text):
    (tmp_path / "a.toml").write_bytes(text)
    with pytest.raises(OssicleError, match=r"cannot read the recipe .*a\.toml as TOML"):
        read_toml(tmp_path / "a.toml", "the recipe")


def test_arrays_are_read_and_what_is_none_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "x.npz", x=np.arange(5.0))
    np.testing.assert_array_equal(read_npz(tmp_path / "x.npz", "")["x"], np.arange(5.0))
    monkeypatch.setattr("ossicle.numerics.arrays.LARGEST_ARRAYS", 4000)
    np.savez_compressed(tmp_path / "large.npz", x=np.zeros(1000))
    np.savez(tmp_path / "objects.npz", x=np.array([{}], dtype=object))
    np.save(tmp_path / "one.npy", np.zeros(3))
    (tmp_path / "empty.npz").write_bytes(b"")
    for name, sentence in (
        ("large.npz", "bytes of arrays, and up to"),
        ("objects.npz", r"no \.npz file of arrays"),
        ("one.npy", r"no \.npz file of arrays"),
        ("empty.npz", r"no \.npz file of arrays"),
        ("nothing.npz", "there is no file"),
    ):
        with pytest.raises(OssicleError, match=sentence):
            read_npz(tmp_path / name, "")


def test_names_cannot_rule_a_terminal():
    assert visible("a\x1b[31mb\x07\x9b\r") == "a\\x1b[31mb\\x07\\x9b\\r"
    assert visible("grün → 1\n") == "grün → 1\n"
