from __future__ import annotations

import pytest

from authz.resources.documents import Limits
from authz.resources.nodes import Mapping, Node, Scalar, Sequence, plain_value
from tests.support.reading import HEAD, documents, summaries

SMALL = Limits(file_bytes=1000, depth=4, alias_nodes=10)


def roots(content: str | bytes) -> list[object]:
    found, problems = documents(content)
    assert problems == []
    return [plain_value(document.root) for document in found]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: b", [{"a": "b"}]),
        ("a: b\r\nc:\r\n  - d\r\n", [{"a": "b", "c": ["d"]}]),
        (b"\xef\xbb\xbfa: b", [{"a": "b"}]),
        ("# nothing\n", []),
        ("", []),
        ("\n \n", []),
        ("---\n---\n# still nothing\n---\n...\n", []),
        ("~", []),
        ("null\n---\nNULL\n", []),
        ("---\na: b\n---\n\n---\nc: d\n...\n---\ne: f\n", [{"a": "b"}, {"c": "d"}, {"e": "f"}]),
        ("%YAML 1.2\n---\na: b", [{"a": "b"}]),
        ('{"a": ["b", {"c": "d"}]}', [{"a": ["b", {"c": "d"}]}]),
        ("a: !!str 80", [{"a": "80"}]),
        ("a: |\n  x\n  y\n", [{"a": "x\ny\n"}]),
        ("a: |-\n  80\n", [{"a": "80"}]),
        ("a: >\n  x\n  y\n", [{"a": "x y\n"}]),
        ("a: 'it''s'", [{"a": "it's"}]),
        (r'a: "\u00e9\t\x41"', [{"a": "é\tA"}]),
        ("a: é\N{PILE OF POO}", [{"a": "é\N{PILE OF POO}"}]),
        ("a: &x b\nc: *x", [{"a": "b", "c": "b"}]),
        ("a: &x [b]\nc: {d: *x}", [{"a": ["b"], "c": {"d": ["b"]}}]),
        ("a: &x b\nc: &x d\ne: *x", [{"a": "b", "c": "d", "e": "d"}]),
        ("a: &x b\n*x : c", [{"a": "b", "b": "c"}]),
        ("a: <<", [{"a": "<<"}]),
        ("'<<': a", [{"<<": "a"}]),
        ("a: 80", [{"a": ["80"]}]),
    ],
)
def test_documents_are_read(content: str | bytes, expected: list[object]) -> None:
    assert roots(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: b\na: c", ["2:1 AZ005"]),
        ("a: b\n'a': c", ["2:1 AZ005"]),
        ("{a: b, a: c, a: d}", ["1:8 AZ005", "1:14 AZ005"]),
        ("x:\n  - y: 1\n    z: 2\n    y: 3", ["4:5 AZ005"]),
        ("80: b\n'80': c", ["2:1 AZ005"]),
        ("a: &x b\nb: c\n*x : d", ["1:4 AZ005"]),
        ("a: *x", ["1:4 AZ006"]),
        ("a: *x\nx: &x b\nc: *y", ["1:4 AZ006", "3:4 AZ006"]),
        ("a: &x [*x]", ["1:8 AZ006"]),
        ("&x a: *x\nb: &y {c: *y}", ["2:11 AZ006"]),
        ("a: &x b\n---\nc: *x", ["3:4 AZ006"]),
        ("a: &x {b: c}\nd:\n  <<: *x", ["3:3 AZ006"]),
        ("a: !!int 80", ["1:4 AZ006"]),
        ("a: !x b", ["1:4 AZ006"]),
        ("a: ! b", ["1:4 AZ006"]),
        ("a: !!binary aGk=", ["1:4 AZ006"]),
        ("a: !!python/object/apply:os.system [ls]", ["1:4 AZ006"]),
        ("- !!set {a}", ["1:3 AZ006"]),
        ("? [a]\n: b", ["1:3 AZ006"]),
        ("? {a: b}\n: c", ["1:3 AZ006"]),
        ("a: b\n\tc: d", ["2:1 AZ003"]),
        ("a:\n\t- b", ["2:1 AZ003"]),
        ("a: [b", ["2:1 AZ003"]),
        ("a: 'b", ["1:6 AZ003"]),
        ("a: b: c", ["1:5 AZ003"]),
        ("a: b\n c: d", ["2:3 AZ003"]),
        ("é: b\r\né c: é: d", ["2:7 AZ003"]),
        ("a: @b", ["1:4 AZ003"]),
        ("a: `b`", ["1:4 AZ003"]),
        (r'a: "\q"', ["1:5 AZ003"]),
        (r'a: "\ud800"', ["1:7 AZ003"]),
        ("a: b\nc: \0", ["2:4 AZ003"]),
        ("é: \x07", ["1:4 AZ003"]),
        (b"a\0:\0 \0b\0", ["1:2 AZ003"]),
        ("a: b".encode("utf-16"), ["1:1 AZ002"]),
        (b"a: b\n\xc3\xa9\xff", ["2:2 AZ002"]),
        (b"\xef\xbb\xbfa\xff", ["1:2 AZ002"]),
        (b"caf\xe9: b", ["1:4 AZ002"]),
        (b"a: \xed\xa0\x80", ["1:4 AZ002"]),
        (b"a: \xc0\xae", ["1:4 AZ002"]),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(content: str | bytes, expected: list[str]) -> None:
    found, problems = documents(content)
    assert summaries(problems) == expected
    assert [plain_value(document.root) for document in found] in ([], [{"a": "b"}])


def test_a_tab_is_named_as_what_is_wrong() -> None:
    _, (problem,) = documents("a: b\n\tc: d")
    assert problem.message.endswith("YAML is indented with spaces, this line has a tab")


def test_a_repeated_key_names_its_first_line() -> None:
    _, (problem,) = documents("\n\na: b\nc: d\na: e")
    assert problem.message == "the key 'a' stands here again; first in line 3"


def test_documents_before_a_syntax_error_are_read_and_those_behind_it_are_not() -> None:
    found, problems = documents(f"{HEAD}---\na: [\n---\n{HEAD}")
    assert [document.index for document in found] == [0]
    assert summaries(problems) == ["6:1 AZ003"]


def test_a_document_with_a_problem_does_not_hide_the_next_ones() -> None:
    found, problems = documents("a: b\na: c\n---\nd: e\n---\nf: *x\n---\ng: h\n")
    assert [(document.index, plain_value(document.root)) for document in found] == [(1, {"d": "e"}), (3, {"g": "h"})]
    assert summaries(problems) == ["2:1 AZ005", "6:4 AZ006"]


def test_a_file_that_is_too_large_is_not_read() -> None:
    found, problems = documents("a: b\n" * 300, limits=SMALL)
    assert (found, summaries(problems)) == ([], ["0:0 AZ004"])
    assert problems[0].message == "1500 bytes; a file may have 1000"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{? "])
def test_nesting_has_an_end(opening: str) -> None:
    found, problems = documents(opening * 5, limits=SMALL)
    assert found == []
    assert summaries(problems) == [f"1:{4 * len(opening) + 1} AZ004"]


def test_as_deep_as_allowed_is_allowed() -> None:
    found, problems = documents("[[[[a]]]]", limits=SMALL)
    assert [plain_value(document.root) for document in found] == [[[[["a"]]]]]
    assert problems == []


@pytest.mark.parametrize("opening", ["[", "{", "{a: "])
def test_a_file_of_brackets_is_given_up_at_the_limit(opening: str) -> None:
    # libyaml would need the square of the depth to read on: a minute for this
    found, problems = documents(opening * 200_000)
    assert (found, [problem.code.value for problem in problems]) == ([], ["AZ004"])


def test_aliases_cannot_multiply() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found, problems = documents("\n".join(lines))
    assert (found, summaries(problems)) == ([], ["4:45 AZ004"])
    assert problems[0].message == "aliases stand for more than 10000 values"


def test_aliases_cannot_nest_deeper_than_brackets() -> None:
    deep = "[" * 40 + "{}" + "]" * 40
    found, problems = documents(f"a: &a {deep.format('x')}\nb: &b {deep.replace('{}', '*a')}")
    assert found == []
    assert summaries(problems) == ["2:47 AZ004"]
    assert problems[0].message == "nested deeper than 64"


def test_aliases_within_the_limits_are_fine() -> None:
    labels = "\n".join(f"l{n}: *x" for n in range(3))
    found, problems = documents(f"x: &x [a, b]\n{labels}", limits=SMALL)
    assert (len(found), problems) == (1, [])


def places(node: Node) -> object:
    match node:
        case Scalar(text, _, line, column):
            return f"{text}@{line}:{column}"
        case Sequence(items, line, column):
            return [f"@{line}:{column}", *map(places, items)]
        case Mapping(entries, line, column):
            return {"": f"@{line}:{column}", **{str(places(key)): places(value) for key, value in entries.values()}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a:\n  b: c", {"": "@1:1", "a@1:1": {"": "@2:3", "b@2:3": "c@2:6"}}),
        ("a:\n- b\n- c: d", {"": "@1:1", "a@1:1": ["@2:1", "b@2:3", {"": "@3:3", "c@3:3": "d@3:6"}]}),
        ("{a: [b, 'c']}", {"": "@1:1", "a@1:2": ["@1:5", "b@1:6", "c@1:9"]}),
        ("é: ü\nx: |\n  y", {"": "@1:1", "é@1:1": "ü@1:4", "x@2:1": "y@2:4"}),
        ("a:\nb: c", {"": "@1:1", "a@1:1": "@1:3", "b@2:1": "c@2:4"}),
        ("a: &x b\nc: *x", {"": "@1:1", "a@1:1": "b@1:4", "c@2:1": "b@1:4"}),
        ("# c\r\n\r\na: b\r\n", {"": "@3:1", "a@3:1": "b@3:4"}),
        ('\N{PILE OF POO}: "\\u00e9" # x\n', {"": "@1:1", "\N{PILE OF POO}@1:1": "é@1:4"}),
    ],
)
def test_everything_knows_its_place(content: str, expected: object) -> None:
    (document,), _ = documents(content)
    assert places(document.root) == expected


@pytest.mark.parametrize("name", ["a.json", "a.JSON", "dir.yaml/a.json"])
def test_a_json_file_is_read_as_json(name: str) -> None:
    (document,), problems = documents('{\n\t"a": "\\ud83d\\udca9"}', file=name)
    assert plain_value(document.root) == {"a": "\N{PILE OF POO}"}
    assert problems == []


def test_a_json_file_without_content_has_no_document() -> None:
    assert documents(" \n", file="a.json") == ([], [])


def test_a_json_problem_has_its_place() -> None:
    found, problems = documents('{"a": 1,\n "b": x}', file="a.json")
    assert (found, summaries(problems)) == ([], ["2:7 AZ003"])
