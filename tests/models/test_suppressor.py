"""The networks of the paper: their size, their streaming form, their state."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from transforms import CONFIGS  # noqa: E402

from ossicle.audio.features import TRAINED  # noqa: E402
from ossicle.audio.stft import StftConfig, istft, stft  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.models.suppressor import (  # noqa: E402
    SUPPRESSORS,
    Suppressor,
    SuppressorConfig,
    suppressor,
    torch_features,
    torch_istft,
    torch_stft,
)

SMALL_STFT = StftConfig(window=64, hop=16, n_fft=64)


def trained(cell, hidden=24):
    """A small suppressor in evaluation whose state and whose batch norm do something."""
    torch.manual_seed(0)
    network = Suppressor(SuppressorConfig(cell, hidden), SMALL_STFT)
    for parameter in network.parameters():
        parameter.data *= 2
    for norm in (network.norm_in, network.norm_mid):
        for tensor in (norm.running_mean, norm.weight.data, norm.bias.data):
            tensor.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)
    return network.eval()


def spectra(*shape):
    return 3 * torch.rand(*shape, SMALL_STFT.bins, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("lstm256", 1_251_075), ("gru256", 987_907), ("lstm128", 396_675), ("gru128", 330_627)],
)
def test_a_network_has_the_published_number_of_parameters(name, parameters):
    counted = {
        key: parameter.numel()
        for key, parameter in suppressor(name).named_parameters()
        if not key.startswith(("norm_", "presence"))
    }
    assert sum(counted.values()) == parameters


def test_the_four_networks_are_all_there_are():
    assert set(SUPPRESSORS) == {"lstm256", "gru256", "lstm128", "gru128"}
    with pytest.raises(
        OssicleError, match="no network 'gru512'; choose one of lstm256, gru256, lstm128, gru128"
    ):
        suppressor("gru512")


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_frame_by_frame_is_the_sequence(cell):
    network, frames = trained(cell), spectra(2, 30)
    with torch.no_grad():
        whole, last, _ = network(frames)
        masks, state = [], None
        for frame in frames.unbind(1):
            mask, state = network.step(frame, state)
            masks.append(mask)
    torch.testing.assert_close(torch.stack(masks, 1), whole, rtol=0, atol=1e-5)
    for found, expected in zip(state, last, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_sequence_goes_on_from_the_state_of_the_one_before(cell):
    network, frames = trained(cell), spectra(1, 20)
    with torch.no_grad():
        whole, _, spoken = network(frames)
        state = network(frames[:, :11]).state
        rest, _, spoken_later = network(frames[:, 11:], state)
        forgetful = network(frames[:, 11:]).mask
    torch.testing.assert_close(rest, whole[:, 11:], rtol=0, atol=1e-5)
    torch.testing.assert_close(spoken_later, spoken[:, 11:], rtol=0, atol=1e-5)
    assert (forgetful - whole[:, 11:]).abs().max() > 0.01


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_mask_is_between_0_and_1_and_does_not_look_ahead(cell):
    network, frames = trained(cell), spectra(2, 12)
    later = frames.clone()
    later[:, 8:] += 5
    with torch.no_grad():
        mask, changed = network(frames)[0], network(later)[0]
    assert mask.shape == frames.shape
    assert mask.min() >= 0 and mask.max() <= 1 and mask.std() > 0.01
    torch.testing.assert_close(changed[:, :8], mask[:, :8], rtol=0, atol=1e-6)
    assert (changed[:, 8:] - mask[:, 8:]).abs().max() > 0.01


def test_examples_of_a_batch_do_not_mix_in_evaluation():
    network, frames = trained("gru"), spectra(3, 10)
    with torch.no_grad():
        together, alone = network(frames)[0], network(frames[1:2])[0]
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(CONFIGS), st.integers(0, 3000), st.integers(0, 9))
def test_the_transform_on_tensors_is_the_one_definition(config, samples, seed):
    signals = np.random.default_rng(seed).uniform(-1, 1, (2, samples)).astype(np.float32)
    found = torch_stft(torch.from_numpy(signals), config).numpy()
    assert found.dtype == np.complex64
    for spectrum, signal in zip(found, signals, strict=True):
        np.testing.assert_allclose(spectrum, stft(signal, config), rtol=0, atol=2e-5)
    one = torch_stft(torch.from_numpy(signals[0]), config).numpy()
    np.testing.assert_allclose(one, found[0], rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(CONFIGS), st.integers(1, 3000), st.integers(0, 9))
def test_features_on_tensors_are_the_one_definition(config, samples, seed):
    signals = np.random.default_rng(seed).uniform(-1, 1, (2, samples)).astype(np.float32)
    signals[1] *= 1e-4
    tensors = torch.from_numpy(signals)
    for kind, features in TRAINED.items():
        found = torch_features(tensors, torch_stft(tensors, config), config, kind).numpy()
        assert found.dtype == np.float32
        for of, signal in zip(found, signals, strict=True):
            expected = features.of(signal, config)
            np.testing.assert_allclose(of**4, expected**4, rtol=0, atol=1e-5 * max(1, (expected**4).max()))


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(CONFIGS), st.integers(1, 3000), st.integers(0, 9))
def test_the_inverse_on_tensors_is_the_one_definition(config, samples, seed):
    rng = np.random.default_rng(seed)
    shape = (2, config.frames(samples), config.bins)
    spectra = (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.complex64)
    found = torch_istft(torch.from_numpy(spectra), config, samples).numpy()
    for signal, spectrum in zip(found, spectra, strict=True):
        np.testing.assert_allclose(signal, istft(spectrum, config, samples), rtol=0, atol=1e-5)
