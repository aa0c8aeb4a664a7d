import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.spiffe_id import SpiffeId, parse_spiffe_id, parse_spiffe_id_pattern

WEB = "spiffe://cluster.local/ns/default/sa/web"


def test_an_id_is_a_trust_domain_and_segments() -> None:
    assert parse_spiffe_id(WEB) == SpiffeId("cluster.local", ("ns", "default", "sa", "web"))


@pytest.mark.parametrize(
    "text",
    [
        WEB,
        "spiffe://td",
        "spiffe://1.2.3.4/x",
        "spiffe://_-.a/A-Z_.0...",
        "spiffe://" + "a" * 255,
        "spiffe://td/" + "a" * (2048 - 12),
    ],
)
def test_what_the_standard_allows_is_read_and_written_back(text: str) -> None:
    assert str(parse_spiffe_id(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spiffe://",
        "spiffe:///ns/a",
        "cluster.local/ns/default/sa/web",
        "SPIFFE://td/a",
        "https://td/a",
        "spiffe:/td/a",
        "spiffe://TD/a",
        "spiffe://td:443/a",
        "spiffe://user@td/a",
        "spiffe://t\u00e9/a",
        "spiffe://td/",
        "spiffe://td//a",
        "spiffe://td/a/",
        "spiffe://td/./a",
        "spiffe://td/a/..",
        "spiffe://td/a?x",
        "spiffe://td/a#x",
        "spiffe://td/%61",
        "spiffe://td/a\0",
        "spiffe://td/a\n",
        "spiffe://td\n",
        " spiffe://td/a",
        "spiffe://td/a*",
        "spiffe://td/\u0661",
        "spiffe://" + "a" * 256,
        "spiffe://td/" + "a" * (2049 - 12),
    ],
)
def test_what_the_standard_does_not_allow_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_spiffe_id(text)


@pytest.mark.parametrize(
    ("pattern", "among", "not_among"),
    [
        (WEB, [WEB], [WEB + "-2", WEB + "/more", "spiffe://cluster.local/ns/default/sa", "spiffe://other/ns/default/sa/web"]),
        ("spiffe://td/*", ["spiffe://td/a", "spiffe://td/a/b"], ["spiffe://td", "spiffe://td.evil/a", "spiffe://t/d/a"]),
        ("spiffe://td/ns/a/*", ["spiffe://td/ns/a/sa/b"], ["spiffe://td/ns/a", "spiffe://td/ns/ab/sa/b"]),
        ("spiffe://td/sa/envoy-*", ["spiffe://td/sa/envoy-1", "spiffe://td/sa/envoy-/x"], ["spiffe://td/sa/envoy", "spiffe://td/sb/envoy-1"]),
    ],
)  # fmt: skip
def test_a_pattern_is_one_id_or_those_below_a_beginning(pattern: str, among: list[str], not_among: list[str]) -> None:
    read = parse_spiffe_id_pattern(pattern)
    assert [parse_spiffe_id(text) in read for text in among] == [True] * len(among)
    assert [parse_spiffe_id(text) in read for text in not_among] == [False] * len(not_among)
    assert str(read) == pattern


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "td/*",
        "spiffe:/*",
        "spiffe://*",
        "spiffe://td*",
        "spiffe://td/**",
        "spiffe://td//*",
        "spiffe://td/a/*/b",
        "spiffe://TD/*",
    ],
)
def test_a_star_stands_only_at_the_end_behind_a_whole_trust_domain(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_spiffe_id_pattern(text)


@given(st.text(max_size=60) | st.from_regex(r"spiffe://[ -~]{0,30}", fullmatch=True))
def test_whatever_is_read_is_written_back_as_it_came(text: str) -> None:
    try:
        read = parse_spiffe_id(text)
    except ValueError:
        return
    assert str(read) == text
