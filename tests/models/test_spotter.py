"""The spotters: their size, what their layers make of a patch, and features like those of NumPy."""

import numpy as np
import pytest
from melsound import bursts, tone_in_silence

torch = pytest.importorskip("torch")

from ossicle.audio.mel import patches  # noqa: E402
from ossicle.audio.mel_tables import MelConfig  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.models.spotter import SPOTTERS, spotter, torch_patches  # noqa: E402


def products(network):
    """Multiplications of a forward pass of one patch."""
    found = []

    def count(module, _, output):
        found.append(module.weight[0].numel() * output.numel())

    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    network.eval()(torch.zeros(1, 1, network.mel.features, network.mel.frames))
    return sum(found)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"), [("cnn", 119_936, 476_576), ("dscnn", 22_214, 2_656_384)]
)
def test_the_networks_have_the_published_size_once_batch_norm_is_folded(name, parameters, macs):
    network = spotter(name)
    folded = [value.numel() for key, value in network.named_parameters() if "norm" not in key]
    assert sum(folded) == parameters
    assert products(network) == macs


def test_the_maps_of_the_depthwise_network_are_those_of_same_padding():
    network = spotter("dscnn")
    assert network.pad(torch.zeros(1, 1, 10, 49)).shape == (1, 1, 12, 58)
    # One zero above and below, four before the first frame and five after the last.
    assert network.pad(torch.ones(1, 1, 10, 49))[0, 0, 1, 4] == 1
    assert network.pad(torch.ones(1, 1, 10, 49))[0, 0, 1, 3] == 0
    assert network.conv(network.pad(torch.zeros(1, 1, 10, 49))).shape == (1, 64, 5, 25)


@pytest.mark.parametrize("name", list(SPOTTERS))
def test_a_spotter_scores_each_patch_of_a_batch_alone(name):
    torch.manual_seed(0)
    network = spotter(name).eval()
    batch = torch.randn(5, 1, network.mel.features, network.mel.frames)
    scores = network(batch)
    assert scores.shape == (5, 6)
    torch.testing.assert_close(network(batch[3:4]), scores[3:4])
    assert not torch.allclose(scores[0], scores[1])


@pytest.mark.parametrize(
    "config",
    [
        *(config.mel for config in SPOTTERS.values()),
        MelConfig(window=400, hop=160, n_fft=512, mels=24, frames=98),
    ],
)
def test_features_of_tensors_are_those_of_numpy(config):
    sounds = [bursts(), bursts(0.02), tone_in_silence(), np.zeros(16000)]
    found = torch_patches(torch.tensor(np.array(sounds), dtype=torch.float32), config)
    assert found.shape == (4, 1, config.features, config.frames)
    for sound, rows in zip(sounds, found.flatten(1), strict=True):
        np.testing.assert_allclose(rows, patches(sound, config, 1)[-1], atol=1e-3)


def test_a_signal_that_is_shorter_than_a_patch_is_refused():
    with pytest.raises(OssicleError, match="a patch needs 15360 samples, not 15359"):
        torch_patches(torch.zeros(1, 15359), MelConfig())


def test_features_with_other_settings_than_the_defaults_are_refused():
    config = MelConfig(mel_scale="htk", normalize="none")
    with pytest.raises(OssicleError, match="with the default of mel_scale, normalize only"):
        torch_patches(torch.zeros(1, 16000), config)


def test_an_unknown_spotter_is_refused():
    with pytest.raises(OssicleError, match="no spotter 'rnn'; choose one of cnn, dscnn"):
        spotter("rnn")
