"""Texts of a model in C."""

import ast

import pytest

from ossicle.emit.c_text import c_string


@pytest.mark.parametrize(
    "text", ["hey jarvis", "_silence_", 'say "no"', "a\\b", "what??!", "drüben", "打开", "7"]
)
def test_a_string_literal_holds_the_bytes_of_a_text_in_ascii(text):
    literal = c_string(text)
    # The escapes of three octal digits are those of Python's literals too.
    assert literal.isascii() and ast.literal_eval("b" + literal) == text.encode()
    assert "??" not in literal  # the begin of a trigraph
