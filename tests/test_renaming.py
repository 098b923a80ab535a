"""Texts that differ in listed names alone are equal, and no others are."""

import json

import pytest
from renaming import Difference, Names, Rules, read_names

from ossicle.errors import OssicleError

OLD = "/* Sums. */\nint finish(int work)\n{\n    return work + 1; // one\n}\n"


def test_only_whole_words_are_renamed():
    names = Names({"work": "scratch", "finish": "requantize"})
    assert (
        names.rename("work finish_s16 workers 3work(finish)")
        == "scratch finish_s16 workers 3work(requantize)"
    )


def test_a_star_stands_for_a_part_of_a_word_and_the_longest_name_wins():
    names = Names({"*_work": "*_scratch", "rnn0_*_work": "rnn0_*_sums", "osc_finish_*": "osc_requantize_*"})
    assert names.rename("fc_in_work rnn0_ih_work") == "fc_in_scratch rnn0_ih_sums"
    assert names.rename("osc_finish_s16.c work") == "osc_requantize_s16.c work"


def test_a_listed_name_is_accepted_and_an_unlisted_one_is_found_with_its_line():
    new = OLD.replace("work", "scratch")
    assert Rules(Names({"work": "scratch"})).difference("a.c", OLD, new) is None
    found = Rules(Names({"finish": "finish"})).difference("a.c", OLD, new)
    assert found == Difference("a.c", 2, "int finish(int work)", 2, "int finish(int scratch)")


def test_a_text_that_ends_early_is_different():
    found = Rules().difference("a.c", "a\nb\n", "a")
    assert found == Difference("a.c", 2, "b", 0, "")


@pytest.mark.parametrize(
    ("new", "equal"),
    [
        (OLD.replace("Sums.", "All\nsums."), True),
        (OLD.replace(" // one", ""), True),
        (OLD.replace("/* Sums. */\n", ""), True),
        (OLD.replace("1;", "2;"), False),
        (OLD.replace("    return", "  return"), False),
    ],
)
def test_comments_are_ignored_on_request_and_code_is_not(new, equal):
    assert (Rules(ignore_comments=True).difference("a.c", OLD, new) is None) == equal
    assert Rules().difference("a.c", OLD, new)


def test_what_looks_like_a_comment_within_quotes_or_another_language_counts():
    rules = Rules(ignore_comments=True)
    assert rules.difference("a.c", 'char *a = "/* one */";\n', 'char *a = "/* two */";\n')
    assert rules.difference("Makefile", "all: # //one\n", "all: # //two\n")


@pytest.mark.parametrize(
    ("new", "equal"),
    [
        ("f(a,\n  b - -c);\n#define A 1\n", True),
        ("f(a, b --c);\n#define A 1\n", False),
        ("f(a, b - -c); #define A\n1\n", False),
        ("f(ab - -c);\n#define A 1\n", False),
    ],
)
def test_spaces_are_ignored_on_request_where_c_does(new, equal):
    old = "f(a, b - -c);\n#define  A 1\n"
    assert (Rules(ignore_space=True).difference("a.c", old, new) is None) == equal


def test_json_may_have_other_hashes_and_another_order_of_sources_alone():
    old = {"sources": ["osc_a.c", "osc_z.c"], "sha256": {"osc_a.c": "1"}, "bytes": 3, "plan": {"steps": [1]}}
    new = {"sources": ["osc_b.c", "osc_z.c"], "sha256": {}, "bytes": 3, "plan": {"steps": [1]}}
    rules = Rules(Names({"osc_z": "osc_b", "osc_a": "osc_z"}))
    assert rules.difference("model.json", json.dumps(old), json.dumps(new)) is None
    assert rules.difference("model.json", json.dumps(old), json.dumps(new | {"bytes": 4}))


def test_a_path_renames_one_key_of_json():
    old = {"plan": {"steps": [{"first": 1}]}, "cluster": {"steps": [{"first": 1}]}}
    names = Names({"cluster.steps": "phases", "cluster.steps.first": "begin"})
    assert names.rename_json(old) == {
        "plan": {"steps": [{"first": 1}]},
        "cluster": {"phases": [{"begin": 1}]},
    }


def test_tables_of_a_file_are_headings_and_python_is_left_out(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text('a = "b"\n["osc_a.c"]\n"*_work" = "*_scratch"\n[python."a.py"]\nc = "d"\n')
    assert read_names(path).new == {"a": "b", "*_work": "*_scratch"}
    path = tmp_path / "names.json"
    path.write_text('{"a": "b"}')
    assert read_names(path).new == {"a": "b"}


@pytest.mark.parametrize(
    "text",
    [
        'a = "b"\nc = "b"',
        '"a_*" = "b"',
        '"*_a_*" = "*_b_*"',
        '"a b" = "c"',
        "a = 1",
        "a =",
        '[x]\na = "b"\n[y]\na = "c"',
    ],
)
def test_names_that_cannot_be_meant_are_refused_with_the_file(tmp_path, text):
    path = tmp_path / "names.toml"
    path.write_text(text)
    with pytest.raises(OssicleError, match=r"names\.toml"):
        read_names(path)
