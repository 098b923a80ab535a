"""Programs of models by name, which a second call finds as they were built."""

import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path

from ossicle import api
from ossicle.programs import LibraryProgram
from ossicle.programs.interface import interface_of
from ossicle.programs.kept import kept, read_kept
from ossicle.programs.library import Library, toolchain
from ossicle.zoo import model_path


def load_program(name: str | Path, scheme: str | None = None, task: str | None = None) -> LibraryProgram:
    """The program for this computer of :func:`ossicle.load_quantized`, whose arguments and errors these are.

    Loading, quantizing and emitting a model gives the same as long as its file, Ossicle, the compiler and the
    processor are the same; so the library is found by these, in the user's cache.
    """

    def build(built: Path, scratch: Path) -> None:
        program = api.compile(api.load_quantized(name, scheme, task))
        found = {"library": str(program.library.path), "summary": program.summary}
        built.write_text(json.dumps(found), "utf-8")

    path = model_path(name)
    if not path.is_file():
        return api.compile(api.load_quantized(name, scheme, task))  # which says what is wrong
    key = hashlib.sha256("\0".join([path.stem, scheme or "", task or "", _code(), *toolchain()]).encode())
    key.update(path.read_bytes())
    found = json.loads(
        read_kept(kept("programs", f"{path.stem}-{key.hexdigest()[:32]}.json", build)) or b"{}"
    )
    library = Path(found["library"])
    if read_kept(library) is None:
        return api.compile(api.load_quantized(name, scheme, task))
    return interface_of(found["summary"]).program(Library(library, found["summary"]))


@cache
def _code() -> str:
    """A hash of which files Ossicle consists of, and when they were last changed."""
    folder = Path(str(resources.files("ossicle")))
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    states = [(path, path.stat()) for path in files]
    text = "\n".join(f"{path} {of.st_size} {of.st_mtime_ns}" for path, of in states)
    return hashlib.sha256(text.encode()).hexdigest()
