"""Object files are compiled once for all that have the same text, headers and flags."""

import pytest

from ossicle.errors import OssicleError
from ossicle.programs.compiler import find_compiler
from ossicle.programs.objects import compile_objects


@pytest.fixture
def objects(monkeypatch, tmp_path):
    """Compile two files of one folder, whose headers say ``value`` and ``name``; gives their objects."""
    monkeypatch.setenv("OSSICLE_CACHE", str(tmp_path / "cache"))

    def build(folder, value="1", name="a", flags=("-O0",)):
        folder = tmp_path / folder
        folder.mkdir(exist_ok=True)
        (folder / "names.h").write_text(f"#ifndef NAMES_H\n#define one {name}_one\n#endif\n")
        (folder / "value.h").write_text(f'# include "names.h"\n#define VALUE {value}\n')
        (folder / "one.c").write_text('#include "value.h"\nint one(void) { return VALUE; }\n')
        (folder / "two.c").write_text("int two(void) { return 2; }\n")
        sources = [folder / "one.c", folder / "two.c"]
        return compile_objects(find_compiler(), flags, sources, [folder], ["this computer"])

    return build


def test_folders_share_what_is_the_same(objects):
    one, two = objects("x")
    assert objects("y") == [one, two]
    other, same = objects("y", value="3")
    assert other != one and same == two
    assert not set(objects("y", flags=("-O1",))) & {one, two, other}


def test_a_header_whose_guard_is_defined_makes_no_difference(objects):
    flags = ("-O0", "-DNAMES_H")
    assert objects("x", name="a")[0] != objects("x", name="b")[0]
    assert objects("x", name="a", flags=flags) == objects("x", name="b", flags=flags)


def test_a_header_that_a_macro_names_is_read(objects, tmp_path):
    (tmp_path / "z").mkdir()
    source = tmp_path / "z" / "three.c"
    source.write_text("#include HEADER\nint three(void) { return VALUE; }\n")
    flags = ("-O0", '-DHEADER="value.h"')

    def build(value):
        (tmp_path / "z" / "value.h").write_text(f"#define VALUE {value}\n")
        return compile_objects(find_compiler(), flags, [source], [tmp_path / "z"], [])

    objects("x")  # sets the cache
    assert build(1) != build(2)
    assert build(1) == build(1)


def test_c_that_does_not_compile_is_refused_and_not_kept(objects):
    for _ in range(2):
        with pytest.raises(OssicleError, match="error"):
            objects("x", value="}")
