"""The loss and the judge of spotters."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.functional import cross_entropy  # noqa: E402

from ossicle.data.keywords import UNKNOWN  # noqa: E402
from ossicle.train.recipe import SpotterFit  # noqa: E402
from ossicle.train.spotting import spotting_loss, taught, validate_spotter  # noqa: E402

PLAIN = SpotterFit(label_smoothing=0.0, mixup=0.0, masked_frames=0, masked_features=0)


class Seen(torch.nn.Module):
    """Scores that are sums over stretches of the patch; keeps the patches."""

    def forward(self, patches):
        self.patches = patches
        return patches.flatten(1)[:, :24].unflatten(1, (6, 4)).sum(2)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    patches = torch.rand(16, 1, 10, 20, generator=generator) + 1
    return patches, torch.arange(16) % 6


def loss(batch, config, seed=0):
    network = Seen()
    return spotting_loss(network, *batch, config, np.random.default_rng(seed)).item(), network.patches


def test_without_changes_it_is_the_cross_entropy(batch):
    value, seen = loss(batch, PLAIN)
    assert torch.equal(seen, batch[0])
    assert value == pytest.approx(cross_entropy(Seen()(batch[0]), batch[1]).item())


def test_masks_are_single_stretches_of_their_axis(batch):
    for config, axis in ((replace(PLAIN, masked_frames=5), 3), (replace(PLAIN, masked_features=3), 2)):
        widths = set()
        for seed in range(10):
            gone = (loss(batch, config, seed)[1] == 0)[:, 0]
            lost = gone.all(1 if axis == 3 else 2)
            assert torch.equal(gone, (lost[:, None, :] if axis == 3 else lost[:, :, None]).expand_as(gone))
            for row in lost:
                (places,) = torch.nonzero(row, as_tuple=True)
                widths.add(len(places))
                assert len(places) == 0 or places[-1] - places[0] == len(places) - 1
        assert widths == set(range(6 if axis == 3 else 4))


def test_a_mask_may_be_wider_than_the_patch(batch):
    assert np.isfinite(loss(batch, replace(PLAIN, masked_frames=99))[0])


def partner(patches, mixed, i):
    """Number of the patch that was mixed into patch ``i``, and the share of patch ``i`` itself."""
    for j in range(len(patches)):
        shares = (mixed[i] - patches[j]) / (patches[i] - patches[j])
        if j != i and shares.std() < 1e-3:
            return j, shares.mean().item()
    return i, None


def test_mixing_shares_patches_and_labels_alike(batch):
    patches, labels = batch
    value, mixed = loss(batch, replace(PLAIN, mixup=1.0))
    found = [partner(patches, mixed, i) for i in range(len(patches))]
    order = [j for j, _ in found]
    shares = [share for _, share in found if share is not None]
    assert sorted(order) == list(range(16)) and len(shares) > 10
    assert 0 < shares[0] < 1 and max(shares) - min(shares) < 1e-3
    first, second = (cross_entropy(Seen()(mixed), y).item() for y in (labels, labels[order]))
    assert value == pytest.approx(shares[0] * first + (1 - shares[0]) * second, rel=1e-3)


def test_the_same_generator_gives_the_same_loss(batch):
    config = SpotterFit(mixup=0.3, masked_frames=5, masked_features=2)
    assert loss(batch, config, 1)[0] == loss(batch, config, 1)[0] != loss(batch, config, 2)[0]


def test_smoothing_spreads_a_share_of_the_label(batch):
    value, _ = loss(batch, replace(PLAIN, label_smoothing=0.2))
    scores = torch.log_softmax(Seen()(batch[0]), 1)
    wanted = 0.8 * -scores[range(16), batch[1]] + 0.2 * -scores.mean(1)
    assert value == pytest.approx(wanted.mean().item(), rel=1e-5)


def test_a_teacher_and_the_labels_share_the_target(batch):
    patches, labels = batch
    targets = taught(Seen(), patches, labels, 0.7)
    wanted = 0.7 * torch.softmax(Seen()(patches), 1)
    wanted[range(16), labels] += 0.3
    torch.testing.assert_close(targets, wanted)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_give_a_loss_that_is_no_number(batch, value):
    patches, labels = batch[0].clone(), batch[1]
    patches[3, 0, 0, 0] = value
    assert np.isnan(validate_spotter(Seen(), patches, labels, batch[0]).loss)
    assert np.isnan(validate_spotter(Seen(), *batch, patches).loss)
    assert np.isfinite(validate_spotter(Seen(), *batch, batch[0]).loss)


def test_the_judge_counts_right_classes(batch):
    patches = torch.zeros(600, 1, 10, 20)
    labels = torch.arange(600) % 6
    patches.flatten(1)[torch.arange(450), 4 * labels[:450]] = 9.0
    validation = validate_spotter(Seen(), patches, labels, patches[:0])
    # A row of zeros counts as the first class.
    assert validation.accuracy == pytest.approx((450 + 25) / 600)
    assert "accuracy 79.17 %" in str(validation)


def test_the_judge_counts_commands_in_talk(batch):
    talk = torch.zeros(40, 1, 10, 20)
    talk.flatten(1)[:10, 4 * UNKNOWN] = 5.0
    talk.flatten(1)[10:12, 4 * (UNKNOWN + 2)] = 5.0
    validation = validate_spotter(Seen(), *batch, talk)
    assert validation.alarms == pytest.approx(2 / 40) and "commands in 5.00 % of the talk" in str(validation)
    alone = validate_spotter(Seen(), *batch, talk[:0])
    unknown = torch.full((40,), UNKNOWN)
    of_talk = cross_entropy(Seen()(talk), unknown).item()
    assert (alone.alarms, validation.loss) == (0.0, pytest.approx((alone.loss + of_talk) / 2))
