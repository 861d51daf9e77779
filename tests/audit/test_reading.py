"""The readers: what is a string, what is a comment, what is code, in every kind of file."""

from __future__ import annotations

import json

import pytest

from playbook.audit.reading.node import Chain, Join, Pair, Text
from playbook.audit.reading.parser import parse
from playbook.audit.reading.paths import clean, segments
from playbook.audit.reading.reader import decode, read_source
from playbook.audit.reading.token import Reading


def read(name: str, source: str) -> Reading:
    """Return a file as its reader sees it."""
    reading = read_source(name, source)
    assert reading is not None
    return reading


def texts(name: str, source: str) -> list[str]:
    """Return the strings of a file, a hole as `{}`."""
    return [token.value for token in read(name, source).tokens if token.kind == "text"]


@pytest.mark.parametrize("name", ["a.bin", "a.png", "README", "a.unknown"])
def test_a_file_of_no_known_language_is_not_read(name: str) -> None:
    """Nobody guesses at what it could be."""
    assert read_source(name, "x = 'y'\n") is None


def test_what_is_no_text_is_not_decoded() -> None:
    """A zero byte says so; anything else is UTF-8 or Windows-1252."""
    assert decode(b"a\0b") is None
    assert decode(b"Sch\xfcler") == "Schüler"
    assert decode("Schüler".encode("utf-16")) == "Schüler"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", "# 'no'\nx = 1\n"),
        ("a.py", '"""no"""\nx = 1\n'),
        ("a.js", "// 'no'\n/* 'no' */ x = 1;\n"),
        ("a.rb", "# 'no'\nx = 1\n"),
        ("a.clj", '; "no"\n(def x 1)\n'),
        ("a.ps1", '<# "no" #>\n$x = 1\n'),
        ("a.sql", "-- 'no'\nselect 1;\n"),
        ("a.yml", "# key: no\nx: 1\n"),
        ("a.html", "<!-- <a href='no'> -->\n"),
    ],
)
def test_a_comment_holds_no_string(name: str, source: str) -> None:
    """What is said in a comment is no code."""
    assert "no" not in texts(name, source)


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", "x = f'/a/{b}/c'\n", ["/a/{}/c"]),
        ("a.rb", '"/a/#{b}/c"\n', ["/a/{}/c"]),
        ("a.js", "`/a/${b}/c`\n", ["/a/{}/c"]),
        ("a.kt", 'val a = "/a/$b/c"\n', ["/a/{}/c"]),
        ("a.swift", 'let a = "/a/\\(b)/c"\n', ["/a/{}/c"]),
        ("a.php", '<?php $a = "/a/{$b}/c";\n', ["/a/{}/c"]),
        ("A.cs", 'var a = $"/a/{b}/c";\n', ["/a/{}/c"]),
        ("a.pl", 'my $a = "/a/$b/c";\n', ["/a/{}/c"]),
        ("a.sh", 'curl "/a/$b/c"\n', ["/a/{}/c"]),
        ("a.yml", "a: /a/${B}/c\n", ["/a/{}/c"]),
        ("a.tf", 'a = "/a/${var.b}/c"\n', ["/a/{}/c"]),
    ],
)
def test_a_hole_stands_where_something_is_put_in(name: str, source: str, expected: list[str]) -> None:
    """Interpolation, in the way of each language."""
    assert [text for text in texts(name, source) if "/" in text] == expected


def test_words_of_a_list_are_texts_of_their_own() -> None:
    """Ruby's `%w` and `%i`, Perl's `qw`."""
    assert texts("a.rb", "%w[a b]\n%i[c d]\n") == ["a", "b", "c", "d"]
    assert texts("a.pl", "my @a = qw(a b);\n") == ["a", "b"]


def test_a_document_tells_under_which_keys_a_value_stands() -> None:
    """By indentation in YAML, by its table in TOML."""
    names = [token.value for token in read("a.yml", "a:\n  b:\n    c: 1\n  d: 2\n").tokens if token.kind == "name"]
    assert names == ["a", "a.b", "a.b.c", "a.d"]
    named = [token.value for token in read("a.toml", "[x.y]\nz = 1\n").tokens if token.kind == "name"]
    assert named == ["x.y.z"]


def test_code_inside_other_files_is_read_at_its_own_line() -> None:
    """Markdown's fences, a notebook's cells, a page's scripts."""
    markdown = read("a.md", "# Title\n\n```python\nx = 'one'\n```\n")
    cells = {"cells": [{"cell_type": "code", "source": ["y = 1\n", "x = 'one'\n"]}]}
    notebook = read("a.ipynb", json.dumps(cells, indent=1))
    page = read("a.html", "<p>\n<script>\nx = 'one'\n</script>\n")
    for reading, line in ((markdown, 4), (notebook, 7), (page, 3)):
        assert [reading.line_of(token.start) for token in reading.tokens if token.value == "one"] == [line]


@pytest.mark.parametrize(
    ("name", "source", "path"),
    [
        ("a.js", "me.data.type;\n", ("me", "data", "type")),
        ("a.py", "me['data']['type']\n", ("me", "data", "type")),
        ("a.py", "me.get('data', {}).get('type')\n", ("me", "data", "type")),
        ("a.rb", "me.dig('data', :type)\n", ("me", "data", "type")),
        ("a.php", "<?php $me['data']['type'];\n", ("me", "data", "type")),
        ("A.java", "class A { void f() { me.getData().getType(); } }\n", ("me", "data", "type")),
        ("a.ex", 'me["data"]["type"]\n', ("me", "data", "type")),
        ("a.clj", "(get-in me [:data :type])\n", ("me", "data", "type")),
        ("a.kt", 'val a = me?.data?.get("type")\n', ("me", "data", "type")),
    ],
)
def test_an_access_is_the_same_path_in_every_language(name: str, source: str, path: tuple[str, ...]) -> None:
    """Attributes, keys, getters and safe accesses reach the same names."""
    found = [clean(segments(node)) for node in parse(read(name, source)).nodes if isinstance(node, Chain)]
    assert path in found


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("A.java", 'class A { static final List<String> KINDS = List.of("a"); }\n'),
        ("A.cs", 'class A { Dictionary<string, string> KINDS = Make("a"); }\n'),
        ("a.py", 'KINDS: str | None = f("a")\n'),
        ("a.ts", 'const KINDS: string[] = f("a");\n'),
    ],
)
def test_a_declared_type_does_not_hide_a_constants_name(name: str, source: str) -> None:
    """Generics, unions and arrays stand between a name and its value."""
    pairs = [node for node in parse(read(name, source)).nodes if isinstance(node, Pair) and node.operator == "="]
    assert [clean(segments(pair.key))[-1] for pair in pairs] == ["kinds"]


def test_what_is_broken_is_read_around() -> None:
    """A syntax error is told; what stands behind it is read."""
    reading = read("a.py", "def f(:\n  ((\nx = 'one'\n")
    assert reading.faults == ("syntax_error",)
    assert "one" in texts("a.py", "def f(:\n  ((\nx = 'one'\n")


def test_depth_ends() -> None:
    """A thousand brackets cost no more than stepping over them."""
    nodes = parse(read("a.clj", "(" * 1_000 + '"one"' + ")" * 1_000)).nodes
    assert all(not isinstance(node, Join) for node in nodes)


def test_a_text_knows_what_it_is_a_part_of() -> None:
    """The call around it and the key in front of it are found from the inside."""
    nodes = parse(read("a.py", "get('/x', params={'limit': 'ten'})\n")).nodes
    ten = next(node for node in nodes if isinstance(node, Text) and node.value == "ten")
    assert [type(parent).__name__ for parent in ten.ancestors()] == ["Pair", "Items", "Pair", "Chain"]
