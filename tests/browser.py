"""A headless browser for tests that look at a page as its reader does."""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ossicle.errors import OssicleError

NAMES = ("chromium", "chromium-browser", "google-chrome")


def check_browser() -> None:
    """Raise where Chromium, or what drives it, is not installed."""
    if not importlib.util.find_spec("playwright"):
        raise OssicleError("playwright is not installed; pip install playwright")
    if not _executable():
        raise OssicleError("there is no Chromium; apt install chromium")


def _executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(frozen=True)
class Seen:
    """A page, and what it did that nobody sees."""

    page: Any
    errors: list[str] = field(default_factory=list)
    """What it wrote on the console as an error, and exceptions."""
    requests: list[str] = field(default_factory=list)
    """Addresses that it asked for."""


@contextmanager
def opened(address: str, width: int = 1200, dark: bool = False) -> Iterator[Seen]:
    """A page at an address, such as ``path.as_uri()``, in a window of so many pixels."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_executable(), args=["--no-sandbox"])
        try:
            scheme = "dark" if dark else "light"
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            seen = Seen(page)
            page.on("console", lambda line: seen.errors.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda error: seen.errors.append(str(error)))
            page.on("request", lambda request: seen.requests.append(request.url))
            page.goto(address)
            yield seen
        finally:
            browser.close()
