"""Zeros of a network that is trained: how many there are after each step, and that they stay."""

from itertools import pairwise

import numpy as np
import pytest
from networks import small_model

torch = pytest.importorskip("torch")

from ossicle.errors import OssicleError  # noqa: E402
from ossicle.finetuning.masks import Masks  # noqa: E402
from ossicle.finetuning.network import GraphNetwork  # noqa: E402
from ossicle.finetuning.schedule import Schedule  # noqa: E402
from ossicle.pruning import Pruning  # noqa: E402

SHAPE = (60, 20)
"""Of the weights of the first recurrent layer."""


def schedule(pruning, steps=10, kind="gradual"):
    return Schedule(pruning, steps, kind, "")


def weights_of(network, layer="rnn0"):
    return next(of for of in network.each() if of.node.name == layer).constants()["weight_ih"]


def follow(pruning, steps=10):
    """The weights of a layer after each step of a training that only adds to them."""
    torch.manual_seed(0)
    network = GraphNetwork(small_model("gru").graph)
    masks, planned = Masks(network, pruning), schedule(pruning, steps)
    for step in range(1, steps + 1):
        network.zero_grad()
        network(torch.rand(2, 5, 33)).square().sum().backward()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.01)
        masks.follow(step, planned)
        yield weights_of(network).detach().numpy().copy()


@pytest.mark.parametrize("criterion", ["random", "magnitude", "taylor"])
def test_weights_go_by_a_cubic_schedule_and_stay_zero(criterion):
    seen = list(follow(Pruning("weight", 0.8, criterion)))
    shares = [float((weight == 0).mean()) for weight in seen]
    expected = [0.8 * (1 - (1 - min(step, 5) / 5) ** 3) for step in range(1, 11)]
    assert shares == pytest.approx(expected, abs=1 / np.prod(SHAPE))
    for before, after in pairwise(seen):
        assert not after[before == 0].any()


def test_blocks_go_as_a_whole():
    *_, last = follow(Pruning("block", 0.5, block=(4, 2)))
    blocks = (last != 0).reshape(15, 4, 10, 2).sum(axis=(1, 3))
    assert set(blocks.ravel()) == {0, 8} and (blocks == 0).mean() == 0.5


def test_taylor_keeps_what_the_loss_depends_on():
    network = GraphNetwork(small_model("gru").graph)
    masks = Masks(network, Pruning("weight", 0.5, "taylor"))
    x = torch.rand(2, 5, 33)
    x[..., 3] = 0
    network(x).square().sum().backward()
    masks.observe()
    losses = masks.losses()["fc_in.weight"]
    assert not losses[:, 3].any() and losses[:, 4].any()
    weight = next(of for of in network.each() if of.node.name == "fc_in").weight
    np.testing.assert_allclose(losses, (weight * weight.grad).square().detach().numpy(), rtol=1e-5)


def test_only_layers_that_were_asked_for_lose_weights():
    pruning = Pruning("weight", 0.5, layers=("rnn1",))
    network = GraphNetwork(small_model("gru").graph)
    Masks(network, pruning).follow(5, schedule(pruning))
    assert (weights_of(network) != 0).all() and (weights_of(network, "rnn1") == 0).float().mean() == 0.5


@pytest.mark.parametrize("pruning", [Pruning("block", 0.5, "obs"), Pruning("unit", 0.5)])
def test_what_goes_at_once_is_not_scheduled(pruning):
    assert schedule(pruning, kind="oneshot").ramp == 0
    with pytest.raises(OssicleError, match="is pruned at once only"):
        schedule(pruning)
