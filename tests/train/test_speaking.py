"""The terms of the loss that know when somebody speaks."""

import pytest

torch = pytest.importorskip("torch")

from ossicle.train.speaking import (  # noqa: E402
    HANGOVER,
    RANGE_DB,
    attenuation_loss,
    leak_db,
    presence_loss,
    speaking,
)

FRAMES, BINS = 60, 65
WORD = slice(20, 40)


def speech(gain=1.0):
    """One word in silence, ``(1, frames, bins)``."""
    generator = torch.Generator().manual_seed(0)
    spectrum = torch.randn(1, FRAMES, BINS, dtype=torch.complex64, generator=generator)
    word = torch.zeros(1, FRAMES, 1)
    word[:, WORD] = gain
    return spectrum * word


def noise(gain=1.0):
    generator = torch.Generator().manual_seed(1)
    return gain * torch.randn(1, FRAMES, BINS, dtype=torch.complex64, generator=generator)


def of(value):
    return torch.full((1, FRAMES, BINS), value)


@pytest.mark.parametrize("gain", [1e-3, 1.0])
def test_somebody_speaks_in_a_word_and_around_it(gain):
    expected = torch.zeros(1, FRAMES, dtype=torch.bool)
    expected[:, WORD.start - HANGOVER : WORD.stop + HANGOVER] = True
    assert torch.equal(speaking(speech(gain)), expected)


def test_a_frame_far_below_the_loudest_one_is_a_pause():
    for below_db, heard in ((RANGE_DB - 3, True), (RANGE_DB + 3, False)):
        clean = speech()
        clean[:, 0] = clean[:, WORD.start] * 10 ** (-below_db / 20)
        assert speaking(clean)[0, 0].item() == heard


def test_nobody_speaks_in_silence():
    assert not speaking(0 * speech()).any()


@pytest.mark.parametrize(("mask", "decibels"), [(1.0, 0.0), (0.1, -20.0), (0.0, -40.0)])
def test_a_leak_is_what_is_let_through_in_pauses(mask, decibels):
    speaks = speaking(speech())
    assert leak_db(of(mask), noise(), speaks).item() == pytest.approx(decibels, abs=0.05)
    words_only = torch.where(speaks.unsqueeze(-1), of(1.0), of(mask))
    assert leak_db(words_only, noise(), speaks).item() == pytest.approx(decibels, abs=0.05)


def test_a_soft_band_leaks_as_much_as_a_loud_one():
    """One of six bands is open, whichever it is."""
    colour = torch.logspace(0, -2, BINS)
    speaks = speaking(0 * speech())
    low, high = of(0.0), of(0.0)
    low[..., :2], high[..., 32:] = 1, 1
    leaks = [leak_db(mask, noise() * colour, speaks).item() for mask in (low, high)]
    assert leaks == pytest.approx([-40 * 5 / 6] * 2, abs=0.05)


def test_silence_and_speech_without_pauses_have_no_leak():
    assert leak_db(of(1.0), 0 * noise(), speaking(0 * speech())).item() == pytest.approx(0, abs=1e-3)
    assert leak_db(of(1.0), noise(), torch.ones(1, FRAMES, dtype=torch.bool)).item() == 0


def test_attenuation_grows_faster_than_its_decibels():
    clean = speech()
    losses = [
        attenuation_loss(of(10 ** (-db / 20)), clean, clean, speaking(clean)).item() for db in (0, 2, 4, 20)
    ]
    assert losses == pytest.approx([0, 0.2, 0.8, 20], abs=0.1)


def test_attenuation_in_pauses_costs_nothing():
    clean = speech()
    speaks = speaking(clean)
    mask = speaks.unsqueeze(-1) * of(1.0)
    assert attenuation_loss(mask, clean + noise(0.1), clean, speaks).item() == pytest.approx(0, abs=1e-5)


def test_speech_that_noise_covers_weighs_less():
    clean = speech()
    mask = of(1.0)
    mask[:, 30:] = 0.1
    covered = clean.clone()
    covered[:, 30:] += noise(10.0)[:, 30:]
    plain, hidden = (attenuation_loss(mask, noisy, clean, speaking(clean)) for noisy in (clean, covered))
    assert hidden < 0.1 * plain


def test_the_presence_loss_is_least_for_the_truth():
    speaks = speaking(speech())
    sure = torch.where(speaks, 9.0, -9.0)
    assert presence_loss(sure, speaks) < 1e-3 < presence_loss(0 * sure, speaks) < presence_loss(-sure, speaks)


@pytest.mark.parametrize("term", [leak_db, attenuation_loss])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_silence_and_a_closed_mask_have_finite_gradients(term, value):
    mask = of(value).requires_grad_()
    for noisy, clean in ((noise(), 0 * speech()), (0 * noise(), 0 * speech()), (speech(), speech())):
        rest = (speaking(clean),) if term is leak_db else (clean, speaking(clean))
        loss = term(mask, noisy, *rest)
        (gradient,) = torch.autograd.grad(loss, mask)
        assert torch.isfinite(loss) and torch.isfinite(gradient).all()
