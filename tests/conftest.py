import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def library_cache(tmp_path_factory):
    """Build every library anew, away from the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSSICLE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
