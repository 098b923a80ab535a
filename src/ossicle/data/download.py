"""Archives from the network: resumed where they broke off, and checked before they are used."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ossicle.errors import OssicleError

BLOCK = 1 << 16
TIMEOUT_S = 30


@dataclass(frozen=True)
class Archive:
    """A file to fetch; ``checksum`` is ``md5:...`` or ``sha256:...``, ``size`` about its bytes."""

    name: str
    url: str
    checksum: str
    size: int


def missing_bytes(archives: tuple[Archive, ...], cache: Path) -> int:
    """About how much is still to be fetched into ``cache``."""
    here = [cache / archive.name for archive in archives]
    sizes = [path.stat().st_size if path.exists() else _part_size(_part(path)) for path in here]
    return sum(max(archive.size - size, 0) for archive, size in zip(archives, sizes, strict=True))


def fetch(archive: Archive, cache: Path, advance: Callable[[int], None]) -> Path:
    """Return the file of an archive in ``cache``, fetched and checked where it is not yet there.

    ``advance`` is told how many bytes came. What is there of a transfer that broke off is kept, and the next
    call goes on behind it where the server allows that.
    """
    import pooch
    import requests

    def download(url: str, output: str, _: object) -> None:
        part = _part(cache / archive.name)
        _append(url, part, advance)
        os.replace(part, output)

    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(pooch.retrieve(archive.url, archive.checksum, archive.name, cache, downloader=download))
    except requests.RequestException as error:
        reason = f"cannot fetch {archive.url} ({error}); the same command goes on from here"
    except ValueError:
        reason = f"{archive.url} is not the file it should be: its checksum differs; try again"
    except OSError as error:
        reason = f"cannot write to {cache} ({error.strerror}); set OSSICLE_CACHE to another folder"
    raise OssicleError(reason)


def _append(url: str, part: Path, advance: Callable[[int], None]) -> None:
    """Fetch what ``part`` still lacks."""
    import requests

    have = _part_size(part)
    headers = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return
        response.raise_for_status()
        resumes = response.status_code == requests.codes.partial_content
        advance(0 if resumes else -have)
        with part.open("ab" if resumes else "wb") as file:
            for block in response.iter_content(BLOCK):
                file.write(block)
                advance(len(block))
        expected = response.headers.get("Content-Length")
        if expected and part.stat().st_size < int(expected) + (have if resumes else 0):
            raise requests.ConnectionError("the transfer broke off")


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _part_size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
