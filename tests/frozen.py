"""What every result of a verb is held to."""

from dataclasses import FrozenInstanceError, is_dataclass

import pytest


def assert_frozen(result):
    assert is_dataclass(result)
    with pytest.raises(FrozenInstanceError):
        result.files = ()
