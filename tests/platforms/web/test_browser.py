"""The page in Chromium: a file and a microphone, bit for bit; keys, phones, and no request to anywhere."""

import numpy as np
import pytest
import soundfile
from networks import voice
from tools import need

from ossicle import api

pytestmark = pytest.mark.slow
RATE = 16000
MICROPHONE = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
MOST_LOAD = 0.02


@pytest.fixture(scope="module")
def model():
    return api.quantize(api.load("gru128"), "w8a16")


@pytest.fixture(scope="module")
def opened(model, library_cache, tmp_path_factory):
    """The page, a recording, and the addresses that were asked for."""
    need("chromium")
    import playwright.sync_api

    folder = tmp_path_factory.mktemp("web")
    api.write_c(model, folder / "page", "web")
    wav = folder / "noisy.wav"
    soundfile.write(wav, voice(3 * RATE), RATE, subtype="PCM_16")
    with playwright.sync_api.sync_playwright() as driver:
        arguments = [*MICROPHONE, f"--use-file-for-fake-audio-capture={wav}", "--no-sandbox"]
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page, asked, errors = browser.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"file://{folder}/page/index.html")
        yield page, wav, asked
        browser.close()
        assert not errors


def cleaned(page, wav):
    """The load that the page shows for a file."""
    page.evaluate("document.body.classList.remove('loaded')")
    page.set_input_files("#file", wav)
    page.wait_for_selector("body.loaded", timeout=60_000)
    return float(page.inner_text("#load").removesuffix(" %")) / 100


def test_a_saved_file_has_the_samples_of_this_computer(opened, model, tmp_path):
    page, wav, _ = opened
    cleaned(page, wav)
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(tmp_path / "clean.wav")
    found, rate = soundfile.read(tmp_path / "clean.wav", dtype="int16")
    # Chromium makes floats of positive samples by 1 / 32767.
    samples = np.float32(page.evaluate("[...ossicle.sound.before[0]]"))
    np.testing.assert_allclose(samples, soundfile.read(wav)[0], atol=5e-5)
    expected = np.clip(np.rint(32768 * api.compile(model).denoise(samples)), -32768, 32767)
    assert rate == RATE
    np.testing.assert_array_equal(found, expected)


def test_what_the_microphone_hears_has_the_bits_of_this_computer(opened, model):
    page, _, _ = opened
    page.click("#record")
    page.wait_for_selector(".recording")
    page.wait_for_timeout(2000)
    page.click("#record")
    page.wait_for_selector("body.loaded", timeout=60_000)
    heard = page.evaluate(
        "(({before, after, ...rest}) => ({...rest, before: before.flatMap((x) => [...x]),"
        " after: after.flatMap((x) => [...x])}))(ossicle.recording)"
    )
    before, after = np.float32(heard["before"]), np.float32(heard["after"])
    program = api.compile(model)
    lag = heard["latency"] - program.latency
    expected = program.open().process(before)[: len(before) - lag]
    assert heard["rate"] == RATE and len(before) > RATE and np.abs(before).max() > 0.1
    np.testing.assert_array_equal(after[lag:][: len(expected)], expected)


def test_the_page_takes_little_of_a_core(opened, tmp_path):
    page, *_ = opened
    # Short enough that most of the time nothing else comes between.
    soundfile.write(tmp_path / "short.wav", voice(RATE // 2), RATE)
    assert min(cleaned(page, tmp_path / "short.wav") for _ in range(20)) <= MOST_LOAD


def test_all_is_reached_by_keyboard(opened):
    page, wav, _ = opened
    cleaned(page, wav)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("b")
    assert page.is_checked("[value=before]")
    page.keyboard.press("b")
    assert page.is_checked("[value=after]")
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_nothing_is_asked_of_another_host(opened):
    page, wav, asked = opened
    cleaned(page, wav)
    assert asked and all(address.startswith(("file:", "data:", "blob:")) for address in asked)


def test_nothing_is_wider_than_a_phone(opened):
    page, _, _ = opened
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
