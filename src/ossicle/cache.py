"""Where what can be made or fetched again is kept."""

import os
import sys
from pathlib import Path

from ossicle.errors import OssicleError

USUAL = "Library/Caches" if sys.platform == "darwin" else ".cache"
"""The user's cache folder, below the home folder."""


def cache_folder() -> Path:
    """``$OSSICLE_CACHE``, else ``ossicle`` in the user's cache folder; an absolute path.

    A relative ``$XDG_CACHE_HOME`` is ignored, as the XDG Base Directory Specification asks.
    """
    try:
        if named := os.environ.get("OSSICLE_CACHE"):
            return Path(named).expanduser().absolute()
        base = Path(os.environ.get("XDG_CACHE_HOME", "")).expanduser()
        return (base if base.is_absolute() else Path.home() / USUAL).absolute() / "ossicle"
    except RuntimeError:
        raise OssicleError(
            "there is no home folder to keep what is built; set OSSICLE_CACHE to a folder that can be written"
        ) from None
