"""Two emitted texts compared, up to names that were changed on purpose and to what is ignored."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ossicle.errors import OssicleError

C_FILES = (".c", ".h", ".ld")
QUOTED = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
COMMENT = re.compile(rf"{QUOTED}|/\*.*?\*/|//[^\n]*", re.DOTALL)
TOKEN = re.compile(rf"{QUOTED}|[\w.]+|--|\+\+|->|<<=?|>>=?|&&|\|\||[-+*/%&|^=!<>]=|\S")
WORD = re.compile(r"\b[A-Za-z_]\w*")
OLD_NAME = re.compile(r"(?=[^*]*\*?[^*]*$)[A-Za-z_*][\w*]*|[A-Za-z_]\w*(\.\w+)+")
UNEMITTED = "python"
"""The table of a file of names that is for the sources alone."""


@dataclass(frozen=True)
class Names:
    """New names by old ones, whole words; a ``*`` on both sides stands for any part of a word.

    An old name with points is the path of a key in a JSON file, such as ``cluster.steps``, lists left out;
    its new name is the key alone. A new name that a text has already is not noticed: compilers and tests are
    there for that.
    """

    new: Mapping[str, str] = field(default_factory=dict)

    def rename(self, text: str) -> str:
        """The text with all new names."""
        return WORD.sub(lambda found: self._word(found[0]), text) if self.new else text

    def rename_json(self, value: Any, path: str = "") -> Any:
        """Plain data with all new names, in keys by their paths too."""
        if isinstance(value, Mapping):
            return {
                self.new.get(f"{path}.{key}", self.rename(key)): self.rename_json(
                    item, f"{path}.{key}" if path else key
                )
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.rename_json(item, path) for item in value]
        return self.rename(value) if isinstance(value, str) else value

    def _word(self, old: str) -> str:
        if old in self.new:
            return self.new[old]
        for pattern, new in self._patterns:
            if found := pattern.fullmatch(old):
                return new.replace("*", found[1])
        return old

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Names with a star, the longest first."""
        stars = sorted((old for old in self.new if "*" in old), key=len, reverse=True)
        return [(re.compile(old.replace("*", r"(\w+)")), self.new[old]) for old in stars]


def read_names(path: Path) -> Names:
    """Names of a TOML or JSON file, whose tables are headings only; the one named ``python`` is left out.

    Raises :class:`OssicleError` where the file cannot be read or a name cannot be meant.
    """
    read: Callable[[str], dict] = json.loads if path.suffix == ".json" else tomllib.loads
    try:
        data = read(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OssicleError(f"cannot read the names in {path}: {error}") from None
    new: dict[str, str] = {}
    for old, name in _pairs({key: value for key, value in data.items() if key != UNEMITTED}):
        wrong = not isinstance(name, str) or not OLD_NAME.fullmatch(old) or old.count("*") != name.count("*")
        if wrong or new.get(old, name) != name:
            raise OssicleError(
                f"{path}: {old!r} = {name!r} is no new name of a word; give each word one, with a * in both "
                "or in neither"
            )
        if name in {other for word, other in new.items() if word != old and "." not in word + old}:
            raise OssicleError(f"{path}: two words would become {name!r}; give one of them another name")
        new[old] = name
    return Names(new)


def _pairs(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _pairs(value)
        else:
            yield key, value


@dataclass(frozen=True)
class Difference:
    """Where two texts begin to differ: numbers of lines from 1, 0 where one has ended, and the lines.

    Those of the old text have their new names.
    """

    file: str
    old_line: int
    old: str
    new_line: int
    new: str


@dataclass(frozen=True)
class Rules:
    """What two texts may differ in: names, and in C on request comments, and line breaks and spaces."""

    names: Names = Names()
    ignore_comments: bool = False
    ignore_space: bool = False

    def difference(self, file: str, old: str, new: str) -> Difference | None:
        """The first difference between two texts of the file of that new name; None where there is none.

        In JSON, ``sources`` may have another order, and ``sha256`` is left out: names change both, and the
        files themselves are compared.
        """
        if file.endswith(".json"):
            old = json.dumps(_unordered(self.names.rename_json(json.loads(old))), indent=1)
            new = json.dumps(_unordered(json.loads(new)), indent=1)
        else:
            old = self.names.rename(old)
        if old == new:
            return None
        pieces = zip_longest(self._pieces(file, old), self._pieces(file, new), fillvalue=(0, ""))
        for (old_line, old_piece), (new_line, new_piece) in pieces:
            if old_piece != new_piece:
                return Difference(file, old_line, _line(old, old_line), new_line, _line(new, new_line))
        return None

    def _pieces(self, file: str, text: str) -> Iterator[tuple[int, str]]:
        """Lines, or tokens where spaces are ignored, with the numbers of their lines."""
        in_c = file.endswith(C_FILES)
        comments, space = in_c and self.ignore_comments, in_c and self.ignore_space
        if comments:
            text = COMMENT.sub(_without_comment, text)
        for number, line in enumerate(text.split("\n"), 1):
            if space and not line.lstrip().startswith("#"):
                yield from ((number, token) for token in TOKEN.findall(line))
            elif space:
                yield number, " ".join(line.split())
            elif not comments:
                yield number, line
            elif line.strip():
                yield number, line.rstrip()


def _unordered(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    sources = {"sources": sorted(data["sources"])} if "sources" in data else {}
    return {key: value for key, value in (data | sources).items() if key != "sha256"}


def _without_comment(found: re.Match) -> str:
    """A quoted text as it is, or the line breaks of a comment."""
    return " " + "\n" * found[0].count("\n") if found[0].startswith("/") else found[0]


def _line(text: str, number: int) -> str:
    return text.split("\n")[number - 1] if number else ""
