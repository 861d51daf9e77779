"""What a text is once its constants, holes, joins and formats are put together: never a guess."""

from __future__ import annotations

import pytest

from playbook.audit.folding.definitions import Definitions
from playbook.audit.folding.fold import Folder
from playbook.audit.folding.pieces import Folded, Hole, merged, products, render
from playbook.audit.reading.node import Pair, Text
from playbook.audit.reading.parser import parse
from playbook.audit.reading.reader import read_source


def folds(name: str, source: str, wanted: str, **shared: tuple[str, ...]) -> list[str]:
    """Return the texts that the last value given to a name can be."""
    reading = read_source(name, source)
    assert reading is not None
    syntax = parse(reading)
    folder = Folder(Definitions(reading, syntax, shared))
    pairs = [node for node in syntax.nodes if isinstance(node, Pair) and node.key is not None]
    found = [pair for pair in pairs if reading.content[pair.key.start : pair.key.end].endswith(wanted)]  # type: ignore[union-attr]
    return [render(folded) for folded in folder.fold(found[-1].value)]


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", "url = base + path\n", ["{base}{path}"]),
        ("a.py", "url = url + '/x'\n", ["{url}/x"]),
        ("a.rb", "url = compute(1)\n", ["{compute}"]),
        ("a.py", "def f(a):\n    base = '/mine'\n\ndef g(base):\n    url = base + '/x'\n", ["{base}/x", "/mine/x"]),
        ("a.js", "const url = `/${kind}s`;\n", ["/{kind}s"]),
    ],
)
def test_what_nobody_knows_stays_a_hole(name: str, source: str, expected: list[str]) -> None:
    """A parameter, a call and a name that defines itself keep their names; they are never filled with a guess."""
    assert folds(name, source, "url")[0] in expected


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", "HOST = 'https://a.example'\nurl = HOST + '/v1/x'\n", "https://a.example/v1/x"),
        ("a.py", "V = 'v2.1'\nurl = f'/{V}/x'\n", "/v2.1/x"),
        ("a.py", "url = '/%s/x' % 'v1'\n", "/v1/x"),
        ("a.py", "url = '/{}/{b}'.format('v1', b='y')\n", "/v1/y"),
        ("a.py", "url = '/'.join(['a', 'b', 'c'])\n", "a/b/c"),
        ("a.rb", "V = 'v2'\nurl = \"/#{V}/x\"\n", "/v2/x"),
        ("a.rb", "url = File.join('/a/', '/b')\n", "/a/b"),
        ("a.js", "const v = 'v1';\nconst url = `/${v}/x`;\n", "/v1/x"),
        ("a.js", "const url = new URL('/x', 'https://a.example');\n", "https://a.example/x"),
        ("a.php", "<?php\n$v = 'v1';\n$url = '/' . $v . '/x';\n", "/v1/x"),
        ("a.go", 'package a\nfunc f() {\n\tv := "v1"\n\turl := fmt.Sprintf("/%s/x", v)\n}\n', "/v1/x"),
        ("A.java", 'class A { String url = String.format("/%s/x", "v1"); }\n', "/v1/x"),
        ("a.kt", 'val v = "v1"\nval url = "/$v/x"\n', "/v1/x"),
        ("a.ex", 'v = "v1"\nurl = "/#{v}/x"\n', "/v1/x"),
        ("a.pl", "my $v = 'v1';\nmy $url = \"/$v/x\";\n", "/v1/x"),
    ],
)
def test_texts_are_put_together_in_every_language(name: str, source: str, expected: str) -> None:
    """Joins, interpolation, formats and path joins, with constants of the same file."""
    assert folds(name, source, "url") == [expected]


def test_a_choice_is_every_one_of_its_texts() -> None:
    """A ternary and a loop over a list give all ways."""
    assert folds("a.js", "const url = ok ? '/a' : '/b';\n", "url") == ["/a", "/b"]
    assert folds("a.py", "for kind in ['a', 'b']:\n    url = '/' + kind\n", "url") == ["/a", "/b"]


def test_a_default_of_the_environment_and_what_the_project_says_are_both_told() -> None:
    """Which of them counts is known only where the program runs."""
    source = "url = os.environ.get('SIS_HOST', 'https://a.example') + '/x'\n"
    assert folds("a.py", source, "url") == ["https://a.example/x"]
    assert folds("a.py", source, "url", sis_host=("https://b.example",)) == [
        "https://b.example/x",
        "https://a.example/x",
    ]


def test_a_constant_of_another_file_is_used_only_under_a_telling_name() -> None:
    """`HOST` may be anybody's; `SIS_HOST` is that constant."""
    assert folds("a.py", "url = SIS_HOST + '/x'\n", "url", sis_host=("https://b.example",)) == ["https://b.example/x"]
    assert folds("a.py", "url = host + '/x'\n", "url", host=("https://b.example",)) == ["{host}/x"]


def test_ways_never_multiply_without_end() -> None:
    """Eight ways at most, whatever is joined."""
    assert len(products([[(str(n),) for n in range(5)]] * 4)) == 8


def test_a_separator_is_not_doubled() -> None:
    """A path join trims the slash that is there; a text join does not."""
    parts: list[list[Folded]] = [[("a/",)], [("/b",)]]
    assert [render(way) for way in products(parts, between="/")] == ["a/b"]
    assert [render(way) for way in products(parts, between="-", trims=False)] == ["a/-/b"]


def test_equal_ways_are_one() -> None:
    """Literal neighbours become one piece; empty ones go."""
    assert merged([("a", "", "b"), ("ab",), (Hole("x"), "c")]) == [("ab",), (Hole("x"), "c")]


def test_a_node_that_is_gone_lends_its_answer_to_no_other() -> None:
    """Nodes that a rule makes for a moment are told apart, whatever memory the next one is given."""
    reading = read_source("a.py", "x = 1\n")
    assert reading is not None
    folder = Folder(Definitions(reading, parse(reading), {}))

    told = [render(folder.fold(Text(0, 1, value=str(number), parts=(str(number),)))[0]) for number in range(200)]

    assert told == [str(number) for number in range(200)]
