"""The GRU that trains in mixed precision, against PyTorch's."""

import pytest

torch = pytest.importorskip("torch")

from ossicle.models.gru import GRU  # noqa: E402


def pair():
    torch.manual_seed(0)
    reference = torch.nn.GRU(12, 20, 2, batch_first=True)
    ours = GRU(12, 20, 2, batch_first=True)
    ours.load_state_dict(reference.state_dict())
    return ours, reference


def run(network, x, state, mixed):
    """Outputs, last state, and the gradients of a loss that weighs both."""
    x, state = x.clone().requires_grad_(), state.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        outputs, last = network(x, state)
    weights = torch.linspace(-1, 1, outputs.numel()).view_as(outputs)
    ((outputs.float() * weights).sum() + last.float().square().sum()).backward()
    return [outputs, last, x.grad, state.grad, *(parameter.grad for parameter in network.parameters())]


@pytest.mark.parametrize("mixed", [False, True])
def test_outputs_and_gradients_are_those_of_pytorch(mixed):
    ours, reference = pair()
    x, state = torch.randn(3, 30, 12), torch.randn(2, 3, 20).tanh()
    # Eight bits of mantissa, and the errors of 30 steps.
    tolerance = 0.02 if mixed else 1e-6
    for a, b in zip(run(ours, x, state, mixed), run(reference, x, state, False), strict=True):
        assert (a - b).norm() <= tolerance * b.norm()


def test_without_a_state_it_starts_at_zero():
    ours, _ = pair()
    x = torch.randn(3, 8, 12)
    with torch.autocast("cpu", torch.bfloat16):
        given, _ = ours(x, torch.zeros(2, 3, 20))
        outputs, last = ours(x)
    assert torch.equal(outputs, given)
    assert outputs.dtype == torch.float32 and last.shape == (2, 3, 20)
