"""The wheel and the source archive, away from the checkout."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "from setuptools import build_meta as b; b.build_sdist('../dist'); b.build_wheel('../dist')"
pytestmark = pytest.mark.slow


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the archive, of a copy of what git tracks."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "dist").mkdir()
    for name in tracked():
        copy = folder / "tree" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder / "tree", check=True, capture_output=True)
    (wheel,), (archive,) = ((folder / "dist").glob(ending) for ending in ("*.whl", "*.tar.gz"))
    return wheel, archive


def test_both_hold_every_file_of_the_package(built):
    wheel, archive = built
    package = {name.removeprefix("src/") for name in tracked() if name.startswith("src/ossicle/")}
    with zipfile.ZipFile(wheel) as opened:
        assert package - set(opened.namelist()) == set()
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {*(f"src/{name}" for name in package), "pyproject.toml", "README.md", "LICENSE"} <= names


def test_the_wheel_emits_and_reports_without_the_checkout(built, tmp_path):
    with zipfile.ZipFile(built[0]) as opened:
        opened.extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}

    def run(*arguments):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert str(tmp_path) in run("-c", "import ossicle; print(ossicle.__file__)")
    run("-m", "ossicle", "compile", "gru128", "--target", "stm32f767", "-o", "chip")
    run("-m", "ossicle", "compile", "gru128", "--target", "gap9", "-o", "cluster")
    run(
        "-m",
        "ossicle",
        "report",
        "gru128",
        "--targets",
        "raspberry-pi-4",
        "--scheme",
        "w8a16",
        "-o",
        "r.html",
    )
    assert "w8a16" in (tmp_path / "r.html").read_text()
