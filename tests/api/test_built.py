"""Programs by name: built once, and found again as long as nothing that they are made of has changed."""

import pytest

from ossicle import api
from ossicle.api import built
from ossicle.errors import OssicleError
from ossicle.zoo import zoo_path


@pytest.fixture
def counted(monkeypatch, tmp_path):
    monkeypatch.setenv("OSSICLE_CACHE", str(tmp_path / "cache"))
    calls = []

    def load(*arguments):
        calls.append(arguments)
        return original(*arguments)

    original = api.load_quantized
    monkeypatch.setattr(api, "load_quantized", load, raising=False)
    return calls


def test_a_second_call_loads_no_model(counted, tmp_path):
    first = built.load_program("gru128")
    again = built.load_program("gru128")
    assert len(counted) == 1 and again.summary == dict(first.summary)
    first.library.path.write_bytes(b"damaged")
    assert built.load_program("gru128").open() and len(counted) == 2
    path = tmp_path / "mine.ossicle"
    path.write_bytes(zoo_path("gru128").read_bytes())
    built.load_program(path)
    assert len(counted) == 3
    path.write_bytes(b"no model")
    with pytest.raises(OssicleError, match="not a model file"):
        built.load_program(path)
    path.unlink()
    with pytest.raises(OssicleError, match="there is no model file"):
        built.load_program(path)
