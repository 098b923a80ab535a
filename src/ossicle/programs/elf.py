"""What an ELF file for a Cortex-M says: segments, symbols, sizes."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ossicle.errors import OssicleError


@dataclass(frozen=True)
class Symbol:
    """A function or variable: its address without the Thumb bit, and its bytes."""

    address: int
    bytes: int
    function: bool


@dataclass(frozen=True)
class Segment:
    """Bytes of the file: where they are stored, and where the program finds them once it has started."""

    load_address: int
    address: int
    data: bytes


@dataclass(frozen=True)
class Elf:
    """The parts of an ELF file that an emulator needs."""

    segments: tuple[Segment, ...]
    symbols: dict[str, Symbol]
    section_bytes: dict[str, int]
    """Sizes of the sections that take memory."""
    text_address: int
    text: bytes

    @cached_property
    def functions(self) -> list[tuple[int, str]]:
        """Addresses and names of the functions, in order; a compiler's suffix (``.part.0``) is cut off."""
        return sorted((s.address, name.partition(".")[0]) for name, s in self.symbols.items() if s.function)

    @property
    def flash_bytes(self) -> int:
        """Bytes that go into the memory for code, initial values of variables included."""
        return sum(self.section_bytes.get(name, 0) for name in (".text", ".rodata", ".data"))

    @property
    def ram_bytes(self) -> int:
        """Bytes of variables and of the stack."""
        return sum(self.section_bytes.get(name, 0) for name in (".data", ".bss", ".stack"))


def read_elf(path: Path) -> Elf:
    """Read an ELF file that :func:`ossicle.platforms.cortexm.build.build_elf` built."""
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    with path.open("rb") as stream:
        file = ELFFile(stream)
        segments = tuple(
            Segment(s["p_paddr"], s["p_vaddr"], s.data())
            for s in file.iter_segments()
            if s["p_type"] == "PT_LOAD" and s["p_filesz"]
        )
        table, text = file.get_section_by_name(".symtab"), file.get_section_by_name(".text")
        if not isinstance(table, SymbolTableSection) or text is None:
            raise OssicleError(f"{path} has no symbols or no code; build it anew from the emitted folder")
        symbols = {
            s.name: Symbol(s["st_value"] & ~1, s["st_size"], s["st_info"]["type"] == "STT_FUNC")
            for s in table.iter_symbols()
            if s["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT", "STT_NOTYPE")
            # Mapping symbols mark where code and data begin; they name nothing.
            and s.name
            and not s.name.startswith("$")
        }
        sections = {s.name: s["sh_size"] for s in file.iter_sections() if s["sh_flags"] & 2}
        return Elf(segments, symbols, sections, text["sh_addr"], text.data())
