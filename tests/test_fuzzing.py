"""Damaged files give a result or one sentence; ``make fuzz`` tries more of them."""

import os
import signal
import time
from pathlib import Path

import pytest
from fuzzed import readers
from fuzzing import Reader, count, mutated

from ossicle.errors import OssicleError


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    return readers(tmp_path_factory.mktemp("seeds"))


def test_seeds_are_read(every, tmp_path):
    for reader in every:
        for seed in reader.seeds:
            path = tmp_path / f"seed{reader.ending}"
            reader.seal(seed, path)
            try:
                reader.read(path)
            except OssicleError as error:
                # A front end may be for other ends than those that it is tried on.
                assert reader.name == "front end", (reader.name, error)


def test_an_input_follows_from_its_number(every):
    seeds = every[0].seeds
    assert mutated(seeds, 7) == mutated(seeds, 7)
    assert len({mutated(seeds, number) for number in range(50)}) > 45


def test_a_crash_a_hang_and_a_traceback_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("fuzzing.LIMIT_S", 1)
    ends, wrong = count(Reader("odd", "", [b"abc" * 9], misbehave), 40, tmp_path)
    assert set(ends) == {"read", "refused", "traceback", "crash", "hang"} and ends.total() == 40
    assert len(wrong) == ends["traceback"] + ends["crash"] + ends["hang"]


def misbehave(path: Path) -> None:
    """Ends in all ways, by the length of a file."""
    size = len(path.read_bytes())
    if size % 7 == 0:
        raise OssicleError("refused")
    if size % 7 == 1:
        raise ValueError(size)
    if size % 29 == 2:
        time.sleep(60)
    if size % 7 == 3:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_few_damaged_files_of_each_kind_give_a_result_or_a_sentence(every, tmp_path):
    for reader in every:
        assert count(reader, 5 if reader.name == "audio" else 30, tmp_path)[1] == []


@pytest.mark.slow
def test_damaged_files_of_each_kind_give_a_result_or_a_sentence(every, tmp_path):
    for reader in every:
        assert count(reader, 300, tmp_path, first=10_000)[1] == []
