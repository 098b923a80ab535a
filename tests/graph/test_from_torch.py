import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ossicle.metrics.signal import snr  # noqa: E402
from ossicle.models.suppressor import Suppressor, SuppressorConfig  # noqa: E402
from ossicle.simulate import Simulator  # noqa: E402
from ossicle.tasks.suppression.from_torch import import_suppressor  # noqa: E402


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_imported_graph_computes_what_pytorch_computes(cell):
    """Also that batch norm was folded, with running statistics that are not those of a fresh layer."""
    torch.manual_seed(0)
    network = Suppressor(SuppressorConfig(cell, 24))
    frames = torch.rand(2, 60, network.stft.bins) * 4
    with torch.no_grad():
        network.train()
        for _ in range(5):
            network(frames)
        for norm in (network.norm_in, network.norm_mid):
            norm.weight.uniform_(0.5, 2.0)
            norm.bias.uniform_(-0.5, 0.5)
        network.eval()
        expected = network(frames[:1]).mask
    simulator = Simulator(import_suppressor(network, "net"))
    masks = np.stack([simulator.step(frame)[0] for frame in frames[0].numpy()])
    assert snr(masks, expected[0].numpy()) > 110  # float32 rounding over 60 steps
