"""The cache: what is whole is taken, what is damaged is built anew, and where it cannot be is said."""

import os
import sys
from pathlib import Path

import pytest

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError
from ossicle.programs.compiler import compile_file, find_compiler
from ossicle.programs.kept import kept


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("OSSICLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "host"


@pytest.fixture
def build():
    """Builds a file, and counts how often."""

    def made(built: Path, scratch: Path) -> None:
        made.times += 1
        assert scratch.is_dir()
        built.write_bytes(b"what a compiler built")

    made.times = 0
    return made


def test_what_was_built_is_kept(build, folder):
    first = kept("host", "a.so", build)
    assert kept("host", "a.so", build) == first == folder / "a.so"
    assert build.times == 1 and os.listdir(folder) == ["a.so"]
    assert first.read_bytes().startswith(b"what a compiler built")


@pytest.mark.parametrize("damage", [b"", b"what a", b"version https://example.org/pointer"])
def test_what_is_damaged_is_built_anew(build, damage):
    file = kept("host", "a.so", build)
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert kept("host", "a.so", build).read_bytes() == whole and build.times == 2


def test_a_folder_in_the_place_of_a_file_is_named(build, folder, tmp_path):
    (folder / "a.so" / "inside").mkdir(parents=True)
    with pytest.raises(OssicleError, match=rf"cache {tmp_path}.* set OSSICLE_CACHE"):
        kept("host", "a.so", build)
    assert os.listdir(folder) == ["a.so"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"OSSICLE_CACHE": "here"}, "{cwd}/here"),
        ({"OSSICLE_CACHE": "~/there", "HOME": "/home/me"}, "/home/me/there"),
        ({"OSSICLE_CACHE": "", "XDG_CACHE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.cache/ossicle"),
        ({"OSSICLE_CACHE": "", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/me"}, "/xdg/ossicle"),
        ({"OSSICLE_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "."}, "{cwd}/.cache/ossicle"),
    ],
)
def test_the_folder_is_absolute_whatever_the_variables_say(monkeypatch, variables, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(cache_folder()) == expected.format(cwd=Path.cwd())


@pytest.mark.parametrize(("command", "sentence"), [("gcc 'x", "CC="), (" ", "CC=")])
def test_a_compiler_that_is_no_command_is_named(monkeypatch, command, sentence):
    monkeypatch.setenv("CC", command)
    find_compiler.cache_clear()
    try:
        with pytest.raises(OssicleError, match=sentence):
            find_compiler()
    finally:
        find_compiler.cache_clear()


def test_a_compiler_that_builds_nothing_is_named(tmp_path):
    with pytest.raises(OssicleError, match="built nothing"):
        compile_file([sys.executable, "-c", ""], [], tmp_path / "a.so", tmp_path)
