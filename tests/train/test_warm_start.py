"""A training that starts from a model: the first layer hears other features, and the masks stay alike."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from networks import noise, small_spotter, voice  # noqa: E402

from ossicle.api.model_training import read_pretrained  # noqa: E402
from ossicle.audio.features import COMPRESSED, MAGNITUDE  # noqa: E402
from ossicle.audio.stft import StftConfig  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.graph import Calibration  # noqa: E402
from ossicle.graph.file import save_model  # noqa: E402
from ossicle.graph.model import Model  # noqa: E402
from ossicle.models.suppressor import (  # noqa: E402
    Suppressor,
    SuppressorConfig,
    torch_features,
    torch_stft,
)
from ossicle.quantization import quantize  # noqa: E402
from ossicle.tasks.suppression.from_torch import import_suppressor, weights_of  # noqa: E402
from ossicle.train.warm_start import Pretrained, take_over  # noqa: E402

STFT = StftConfig(window=64, hop=16, n_fft=64)


def network(features, cell="gru", hidden=24, seed=0):
    torch.manual_seed(seed)
    return Suppressor(SuppressorConfig(cell, hidden), STFT, features)


def trained(cell="gru"):
    """A network whose batch norm does something."""
    of = network(MAGNITUDE, cell).eval()
    for norm in (of.norm_in, of.norm_mid):
        for tensor in (norm.running_mean, norm.weight.data, norm.bias.data):
            tensor.uniform_(-0.3, 0.3)
        norm.running_var.uniform_(0.5, 2)
    return of


def masks(of, signals):
    with torch.no_grad():
        return of(torch_features(signals, torch_stft(signals, STFT), STFT, of.features)).mask


def signals(count=12):
    """Mixtures at the level that earlier weights hear them at."""
    mixtures = np.stack([voice(4000, seed) + noise(4000, seed) / 10 for seed in range(count)])
    mixtures *= 10 ** (-26 / 20) / np.sqrt(np.mean(mixtures**2, axis=1, keepdims=True))
    return torch.from_numpy(mixtures)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_same_features_give_the_same_masks(cell):
    earlier, later = trained(cell), network(MAGNITUDE, cell, seed=1)
    graph = import_suppressor(earlier, "net")
    take_over(later, Pretrained(MAGNITUDE, weights_of(graph)), signals())
    torch.testing.assert_close(masks(later.eval(), signals()), masks(earlier, signals()), atol=1e-4, rtol=0)


def test_other_features_give_masks_that_are_near_and_far_nearer_than_without_a_start():
    earlier, later = trained(), network(COMPRESSED, seed=1)
    expected = masks(earlier, signals())
    before = (masks(later.eval(), signals()) - expected).square().mean()
    take_over(later, Pretrained(MAGNITUDE, weights_of(import_suppressor(earlier, "net"))), signals())
    after = (masks(later.eval(), signals()) - expected).square().mean()
    assert after < 0.05 * before


def test_a_batch_in_training_gives_nearly_what_evaluation_gives():
    """Batch norm has the statistics of the mixtures."""
    later = network(COMPRESSED, seed=1)
    take_over(later, Pretrained(MAGNITUDE, weights_of(import_suppressor(trained(), "net"))), signals())
    found, expected = masks(later.train(), signals()), masks(later.eval(), signals())
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_the_weights_of_another_network_are_refused():
    weights = weights_of(import_suppressor(trained(), "net"))
    for other in (network(MAGNITUDE, hidden=20), network(MAGNITUDE, "lstm")):
        with pytest.raises(OssicleError, match="the weights to start from are of another network"):
            take_over(other, Pretrained(MAGNITUDE, weights), signals())


def test_weights_come_from_a_suppressor_in_float(tmp_path):
    path, graph = tmp_path / "m.ossicle", import_suppressor(network(COMPRESSED).eval(), "net")
    save_model(Model(graph), path)
    found = read_pretrained(path)
    assert found.features == COMPRESSED
    assert found.weights.keys() <= network(COMPRESSED).state_dict().keys()
    save_model(Model(quantize(graph, "fp16", Calibration())), path)
    with pytest.raises(OssicleError, match="is no noise suppressor in float"):
        read_pretrained(path)
    save_model(small_spotter(), path)
    with pytest.raises(OssicleError, match="is no noise suppressor in float"):
        read_pretrained(path)
