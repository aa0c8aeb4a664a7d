import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.routing.hosts import HostPattern, index_hosts, parse_host, resolve_short_name

HOSTS = st.from_regex(r"(\*|\*?[ab](\.[ab]){0,3}|\*(\.[ab]){1,3})", fullmatch=True).map(HostPattern)
NAMES = st.from_regex(r"[ab](\.[ab]){0,3}", fullmatch=True).map(HostPattern)


@pytest.mark.parametrize(
    "narrow,wide",
    [
        ("foo.com", "foo.com"),
        ("foo.com", "*.com"),
        ("a.b.foo.com", "*.foo.com"),
        ("foo.com", "*"),
        ("*.foo.com", "*.com"),
        ("*.com", "*"),
        ("*", "*"),
        ("foo.com", "*foo.com"),
        ("*.foo.com", "*foo.com"),
        ("api-foo.com", "*-foo.com"),
    ],
)
def test_a_wildcard_covers_what_ends_like_it(narrow: str, wide: str) -> None:
    one, other = parse_host(narrow), parse_host(wide)
    assert one.is_subset_of(other)
    assert one.overlaps(other)
    assert other.overlaps(one)
    assert one.narrowed_by(other) == other.narrowed_by(one) == one


@pytest.mark.parametrize(
    "one,other",
    [
        ("foo.com", "bar.com"),
        ("foo.com", "*.foo.com"),
        ("com", "*.com"),
        ("*.foo.com", "*.bar.com"),
        ("*.foo.com", "foo.com"),
        ("afoo.com", "*-foo.com"),
    ],
)
def test_these_have_no_host_in_common(one: str, other: str) -> None:
    assert not parse_host(one).overlaps(parse_host(other))
    assert parse_host(one).narrowed_by(parse_host(other)) is None


def test_hosts_are_in_lower_case_and_only_ascii_is_folded() -> None:
    assert parse_host("*.Foo.COM") == HostPattern("*.foo.com")
    assert parse_host("\N{KELVIN SIGN}.com") != parse_host("k.com")


def test_exact_comes_before_wildcard_and_longer_before_shorter_and_a_before_b() -> None:
    wanted = ["b.foo.com", "a.com", "b.com", "*.foo.com", "*.com", "*"]
    hosts = sorted(map(HostPattern, reversed(wanted)), key=lambda host: host.specificity)
    assert [host.text for host in hosts] == wanted


@pytest.mark.parametrize(
    "host,wanted",
    [
        ("reviews", "reviews.a.svc.cluster.local"),
        ("reviews.b", "reviews.b"),
        ("reviews.b.svc.cluster.local", "reviews.b.svc.cluster.local"),
        ("*", "*"),
        ("*.com", "*.com"),
        ("10.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_only_a_name_without_a_dot_is_short(host: str, wanted: str) -> None:
    assert resolve_short_name(host, "a") == wanted


def test_a_short_name_is_completed_with_the_cluster_domain_of_the_mesh() -> None:
    assert resolve_short_name("reviews", "a", "corp.example") == "reviews.a.svc.corp.example"


@pytest.mark.parametrize(
    "host,wanted",
    [
        ("a.foo.com", "exact"),
        ("b.foo.com", "*.foo.com"),
        ("a.b.foo.com", "*.foo.com"),
        ("foo.com", "*.com"),
        ("*.foo.com", "*.foo.com"),
        ("*.b.foo.com", "*.foo.com"),
        ("*.bar.com", "*.com"),
        ("x.org", None),
        ("*", None),
    ],
)
def test_the_most_specific_rule_is_the_exact_one_or_the_longest_wildcard(host: str, wanted: str | None) -> None:
    index = index_hosts(
        (parse_host(h), "exact" if h == "a.foo.com" else h) for h in ("*.com", "*.foo.com", "a.foo.com")
    )
    assert index.most_specific(parse_host(host)) == wanted


def test_of_two_rules_for_one_host_the_first_counts() -> None:
    index = index_hosts([(parse_host("A.com"), 1), (parse_host("a.com"), 2)])
    assert index.most_specific(parse_host("a.com")) == 1


@given(HOSTS, HOSTS, NAMES)
def test_a_narrower_host_covers_no_more(narrow: HostPattern, wide: HostPattern, name: HostPattern) -> None:
    if narrow.is_subset_of(wide) and name.is_subset_of(narrow):
        assert name.is_subset_of(wide)
    if name.is_subset_of(narrow) and name.is_subset_of(wide):
        assert narrow.overlaps(wide)


@given(st.lists(HOSTS), HOSTS)
def test_the_index_finds_what_a_walk_from_the_most_specific_finds(
    hosts: list[HostPattern], wanted: HostPattern
) -> None:
    covering = [host for host in sorted(hosts, key=lambda host: host.specificity) if wanted.is_subset_of(host)]
    found = index_hosts((host, host) for host in hosts).most_specific(wanted)
    assert found == (wanted if wanted in hosts else next(iter(covering), None))
