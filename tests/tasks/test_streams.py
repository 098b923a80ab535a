"""Many streams side by side: each gets what it would get alone."""

import numpy as np
import pytest
from networks import small_frames, small_model

import ossicle
from ossicle.errors import OssicleError

STREAMS = 19
"""More than are multiplied at once, and no multiple of the operands of a tile."""


def sounds(samples: int = 2000) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.1, (STREAMS, samples)).astype(np.float32)


def alone(program, sound):
    stream = program.open()
    return np.concatenate([stream.process(sound), stream.flush()])


@pytest.mark.parametrize("kind", ["gru", "lstm"])
@pytest.mark.parametrize("scheme", ["fp32", "fp16", "int8", "w8a16", "w4a16", "w16a16"])
def test_a_stream_gets_the_bits_that_it_gets_alone(kind, scheme):
    model = ossicle.quantize(small_model(kind), scheme)
    program, sound = ossicle.compile(model, streams=True), sounds()
    streams = program.open(STREAMS)
    parts = [streams.process(sound[:, :777]), streams.process(sound[:, 777:]), streams.flush()]
    found = np.concatenate(parts, axis=1)
    for place in (0, 15, 16, STREAMS - 1):
        np.testing.assert_array_equal(found[place], alone(program, sound[place]))
        single = alone(ossicle.compile(model), sound[place])
        if scheme in ("fp32", "fp16"):
            np.testing.assert_allclose(found[place], single, atol=1e-5 if scheme == "fp32" else 1e-3)
        else:
            np.testing.assert_array_equal(found[place], single)


def test_streams_are_reset_one_and_all():
    program = ossicle.compile(ossicle.quantize(small_model()), streams=True)
    streams, sound = program.open(2), sounds()[:2]
    first = np.concatenate([streams.process(sound), streams.flush()], axis=1)
    np.testing.assert_array_equal(np.concatenate([streams.process(sound), streams.flush()], axis=1), first)


def test_the_c_of_streams_stands_strict_flags(tmp_path):
    import subprocess

    for scheme in ("fp32", "w8a16", "mixed"):
        out = tmp_path / scheme
        ossicle.write_c(ossicle.quantize(small_model(), scheme), out, streams=True)
        subprocess.run(["make", "-C", str(out), "-j2"], check=True, capture_output=True)


def test_what_takes_one_stream_says_so():
    model = ossicle.quantize(small_model())
    with pytest.raises(OssicleError, match="compile it with streams=True"):
        ossicle.compile(model).open(2)
    program = ossicle.compile(model, streams=True)
    with pytest.raises(OssicleError, match="open one or more"):
        program.open(0)
    with pytest.raises(OssicleError, match="3 rows"):
        program.open(3).process(np.zeros((2, 100), np.float32))
    with pytest.raises(OssicleError, match="noise suppressors"):
        ossicle.compile(small_frames(), streams=True)
    with pytest.raises(OssicleError, match="needs a target that is this computer"):
        ossicle.compile(model, target="stm32f767", streams=True)
