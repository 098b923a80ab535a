"""Records by name that stages look up, and that the modules of a package further down the table register."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

Item = TypeVar("Item")


class Registry(MutableMapping[str, Item]):
    """What the modules of a package register under a name as they are imported.

    They are imported when a name is looked up that none of those imported so far has registered, or when all
    names are. So a program that needs one of them does not wait for the others.
    """

    def __init__(self, package: str, module: str = "") -> None:
        """Of the modules of a package; or, of each package in it, of the one of that name."""
        self._package = package
        self._module = module
        self._items: dict[str, Item] = {}
        self._complete = False

    def add(self, name: str, item: Item) -> Item:
        """Register a record; raises ValueError where its name is taken."""
        if self._items.setdefault(name, item) is not item:
            raise ValueError(f"there are two of the name {name!r} in {self._package}")
        return item

    def __getitem__(self, name: str) -> Item:
        return self._items[name] if name in self._items else self._all()[name]

    def __setitem__(self, name: str, item: Item) -> None:
        self._items[name] = item

    def __delitem__(self, name: str) -> None:
        del self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._all()))

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, Item]:
        if not self._complete:
            self._complete = True  # also where the modules, while they are imported, look names up
            for found in iter_modules(import_module(self._package).__path__):
                if found.ispkg or not self._module:
                    import_module(f"{self._package}.{found.name}.{self._module}".rstrip("."))
        return self._items
