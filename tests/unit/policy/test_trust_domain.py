"""Aliases of the trust domain. Source: istio/istio pilot/pkg/security/trustdomain/bundle_test.go, in our words."""

import pytest

from authz.policy.trust_domain import expand_principal, expand_trust_domain

DOMAINS = ("td1", "td2")


@pytest.mark.parametrize(
    "written, wanted",
    [
        ("td1/ns/a/sa/b", ("td1/ns/a/sa/b", "td2/ns/a/sa/b")),
        ("td2/ns/a/sa/b", ("td1/ns/a/sa/b", "td2/ns/a/sa/b")),
        ("cluster.local/ns/a/sa/b", ("td1/ns/a/sa/b", "td2/ns/a/sa/b")),
        ("td3/ns/a/sa/b", ("td3/ns/a/sa/b",)),
        ("td1/ns/a/sa/*", ("td1/ns/a/sa/*", "td2/ns/a/sa/*")),
        ("*/ns/a/sa/b", ("*/ns/a/sa/b",)),
        ("td1/*", ("td1/*",)),
        ("td1/ns/a/sa/b/c", ("td1/ns/a/sa/b/c",)),
        ("td1", ("td1",)),
        ("*", ("*",)),
        ("*1/ns/a/sa/b", ("*1/ns/a/sa/b", "td2/ns/a/sa/b")),
        ("td*/ns/a/sa/b", ("td1/ns/a/sa/b", "td2/ns/a/sa/b")),
        ("*d*/ns/a/sa/b", ("*d*/ns/a/sa/b",)),
    ],
)
def test_a_whole_identity_of_the_mesh_stands_for_one_in_each_of_its_domains(
    written: str, wanted: tuple[str, ...]
) -> None:
    assert expand_principal(written, DOMAINS) == wanted


@pytest.mark.parametrize(
    "written, wanted",
    [("td1", DOMAINS), ("td2", DOMAINS), ("td3", ("td3",)), ("cluster.local", ("cluster.local",)), ("td*", ("td*",))],
)
def test_a_trust_domain_of_the_mesh_stands_for_all_of_them(written: str, wanted: tuple[str, ...]) -> None:
    assert expand_trust_domain(written, DOMAINS) == wanted


def test_without_aliases_a_principal_stays_what_it_is() -> None:
    assert expand_principal("cluster.local/ns/a/sa/b", ("cluster.local",)) == ("cluster.local/ns/a/sa/b",)
