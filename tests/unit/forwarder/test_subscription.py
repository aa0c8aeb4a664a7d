"""authz.forwarder.subscription: names in Envoy's words, and what a stream's laws do not reach."""

import pytest

from authz.forwarder.subscription import names_in

NAMES = ["outbound|80||a.b", "outbound|80||a.b.svc", "0.0.0.0_80", "0.0.0.0_8080", "l", "http.80"]


@pytest.mark.parametrize(
    "message, found",
    [
        ("Error adding/updating cluster(s) outbound|80||a.b: no, outbound|80||a.b.svc: no", NAMES[:2]),
        ("Error adding/updating cluster(s) outbound|80||a.b.svc: no", [NAMES[1]]),
        ("Error adding/updating listener(s) 0.0.0.0_8080: error adding listener '0.0.0.0_8080': x", [NAMES[3]]),
        ("all of it is unusable, until further notice", []),
        ("listener 'l': no", ["l"]),
        ("Only a single wildcard domain is permitted in route http.80", ["http.80"]),
        ("Only a single wildcard domain is permitted in route http.80.", ["http.80"]),
        ("route http.80.1.2.3.4", []),
        ("", []),
    ],
)
def test_names_are_found_as_whole_words(message: str, found: list[str]) -> None:
    assert names_in(message, NAMES) == set(found)


def test_no_names_are_found_among_none() -> None:
    assert names_in("anything", []) == set()
