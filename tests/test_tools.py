"""Tests without their tool are skipped or fail; slow tests are run in fifths."""

import pytest
import tools

from ossicle.errors import OssicleError


@pytest.fixture
def absent(monkeypatch):
    def check():
        raise OssicleError("it is not installed")

    monkeypatch.setitem(tools.TOOLS, "absent", check)
    yield "absent"
    tools.missing.cache_clear()


def test_a_test_without_its_tool_is_skipped(absent, monkeypatch):
    monkeypatch.delenv("OSSICLE_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="it is not installed"):
        tools.need(absent)


def test_a_test_without_its_tool_fails_where_tools_are_required(absent, monkeypatch):
    monkeypatch.setenv("OSSICLE_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match="it is not installed"):
        tools.need(absent)


def test_each_slow_test_is_in_one_of_five_fifths():
    commits = [f"abc{last}" for last in range(5)]
    for number in range(50):
        assert sum(tools.in_fifth(f"tests/test_some.py::test_{number}", commit) for commit in commits) == 1
    fifth = [n for n in range(1000) if tools.in_fifth(f"tests/test_some.py::test_{n}", "abc0")]
    assert 150 < len(fifth) < 250
