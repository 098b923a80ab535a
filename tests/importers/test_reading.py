"""What a user decides that a file leaves open."""

import math

import numpy as np
import pytest

from ossicle.errors import OssicleError
from ossicle.importers.reading import chosen_constant


@pytest.mark.parametrize(
    ("given", "dtype", "shape"),
    [
        (16000, "int64", ()),
        (16000.0, "int32", (1,)),
        (-128, "int8", (2, 3)),
        (0.1, "float32", (1,)),
        (1, "bool", ()),
    ],
)
def test_what_a_type_holds_is_taken(given, dtype, shape):
    found = chosen_constant("sr", given, dtype, shape)
    assert (found.dtype, found.shape) == (np.dtype(dtype), shape)
    np.testing.assert_allclose(found.astype(float), given, rtol=1e-7)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (16000.5, "int64"),
        (128, "int8"),
        (-1, "uint8"),
        (2**63, "int64"),
        (10**40, "int64"),
        (math.nan, "int32"),
        (math.inf, "float32"),
        (1e300, "float32"),
        (1e6, "float16"),
        (2, "bool"),
        ("16000", "int64"),
        ("loud", "float32"),
        (None, "float32"),
        ([1, 2, 3], "int64"),
    ],
)
def test_what_a_type_does_not_hold_is_refused_and_not_cut(given, dtype):
    with pytest.raises(OssicleError, match=f"set for 'sr' is no {dtype} of the shape"):
        chosen_constant("sr", given, dtype, (2,))
