"""Functions and classes of languages without a grammar, told by braces, parentheses or indentation."""

from __future__ import annotations

import pytest

from playbook.audit.reading.reader import read_source


def _blocks(name: str, source: str) -> list[tuple[str, str, int, int]]:
    reading = read_source(name, source)
    assert reading is not None
    return [
        (each.kind, each.name, reading.line_of(each.start), reading.line_of(each.end - 1)) for each in reading.blocks
    ]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.pl", "# sub gone { 1 }\nmy $x = { a => 1 };\n"),
        ("a.groovy", "if (ready(x)) {\n  go()\n}\nwhile (true) { stop() }\n"),
        ("a.ps1", "<#\nfunction Old { 1 }\n#>\n$x = @{ a = 1 }\n"),
        ("a.coffee", "x = 1\nurl = '/a -> b'\n"),
        ("a.clj", '(def host "https://a.example")\n'),
    ],
)
def test_what_is_no_function_gives_no_block(name: str, source: str) -> None:
    """Comments, conditions and tables have braces too."""
    assert _blocks(name, source) == []


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.pl", 'sub teacher {\n  my %h = (a => "}");\n  return 1;\n}\n', ("function", "teacher", 1, 4)),
        ("a.ps1", "function Get-Teacher($Id) {\n  @{ a = 1 }\n}\n", ("function", "Get-Teacher", 1, 3)),
        ("a.groovy", "def sync(String id) {\n  [1].each { it }\n}\n", ("function", "sync", 1, 3)),
        ("a.m", "- (void)load:(NSString *)url {\n  [self go];\n}\n", ("function", "load", 1, 3)),
        ("a.cls", "public class A {\n}\n", ("class", "A", 1, 2)),
        ("a.clj", "(defn who [token]\n  (get token))\n", ("function", "who", 1, 2)),
        ("a.coffee", "load: (id) ->\n  get id\n\nother = 1\n", ("function", "load", 1, 2)),
        ("a.cr", "def load(id)\n  get id\nend\n", ("function", "load", 1, 3)),
    ],
)
def test_a_function_reaches_from_its_header_to_its_end(
    name: str, source: str, expected: tuple[str, str, int, int]
) -> None:
    """The end is the matching bracket, or the last line that is indented more than the header."""
    assert _blocks(name, source) == [expected]
