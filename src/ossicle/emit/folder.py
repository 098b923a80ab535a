"""A folder of texts that is there whole or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ossicle.errors import OssicleError


def check_out(out: Path, force: bool = False) -> None:
    """Raise :class:`OssicleError` where ``out`` holds something that must not be overwritten.

    That is anything else than an emitted folder, and an emitted folder in which somebody has changed files,
    unless ``force``.
    """
    if not out.exists():
        return
    if not (out / "model.json").is_file():
        if not out.is_dir() or any(out.iterdir()):
            raise OssicleError(f"{out} exists and is not an emitted folder; choose another one")
        return
    changed = [] if force else _changed(out)
    if changed:
        raise OssicleError(
            f"{', '.join(changed)} in {out} changed since the folder was emitted; choose another folder, or "
            "overwrite what was changed with --force"
        )


def _changed(out: Path) -> list[str]:
    """Files of an emitted folder that are others than its ``model.json`` says."""
    try:
        hashes = dict(json.loads((out / "model.json").read_text("utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        raise OssicleError(f"{out / 'model.json'} is not what was emitted; choose another folder") from None
    paths = {name: out / name for name in hashes}
    return sorted(
        name
        for name, path in paths.items()
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != hashes[name]
    )


def write_folder(files: Mapping[str, str], out: Path) -> None:
    """Write texts by file name into a folder beside ``out``, and then rename it to ``out``.

    Files of other names that ``out`` held stay in it. If this fails, or is killed and called again, nothing
    of an earlier ``out`` is lost.
    """
    try:
        out = Path(os.path.realpath(out))
        out.parent.mkdir(parents=True, exist_ok=True)
        earlier = out.with_name(f".{out.name}.earlier")
        _restore(earlier, out)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            for name, text in files.items():
                (partial / name).parent.mkdir(exist_ok=True)
                (partial / name).write_text(text, "utf-8")
            partial.chmod(0o755)
            if out.exists():
                _keep_others(out, partial)
                os.replace(out, earlier)
            try:
                os.replace(partial, out)
            finally:
                _restore(earlier, out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise OssicleError(f"cannot write {out} ({error.strerror}); choose another folder") from None


def _restore(earlier: Path, out: Path) -> None:
    """Put a folder that stepped aside back where no other has taken its place; otherwise remove it."""
    if not earlier.exists():
        return
    if (out / "model.json").exists():
        shutil.rmtree(earlier, ignore_errors=True)
    else:
        os.replace(earlier, out)


def _keep_others(out: Path, partial: Path) -> None:
    """Copy what is in ``out`` and not in ``partial``, save what an earlier emission left there."""
    try:
        earlier = json.loads((out / "model.json").read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        earlier = {}
    for path in out.rglob("*"):
        name = path.relative_to(out)
        kept = partial / name
        if name.as_posix() in earlier or kept.exists():
            continue
        if path.is_dir() and not path.is_symlink():
            kept.mkdir()
        else:
            shutil.copy2(path, kept, follow_symlinks=False)
