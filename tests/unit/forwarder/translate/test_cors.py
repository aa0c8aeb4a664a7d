from typing import Any

import pytest

from authz.forwarder.translate.cors import cors_policy
from authz.model.routing.http_route import CorsPolicy
from authz.model.routing.matching import Exact, Present
from authz.pb.packing import to_json
from tests.support.routes import to_a


def made(text: str) -> Any:
    policy = to_a(f"corsPolicy: {text}").cors
    assert policy is not None
    return to_json(cors_policy(policy))


def test_a_policy_is_always_on_and_lets_other_preflights_through() -> None:
    found = made("{}")
    assert found == {"filter_enabled": {"default_value": {"numerator": 100}}, "forward_not_matching_preflights": True}


@pytest.mark.parametrize(
    ("text", "field", "found"),
    [
        (
            "{allowOrigins: [{exact: 'https://a.com'}, {prefix: 'https://b'}, {regex: '.*'}]}",
            "allow_origin_string_match",
            [{"exact": "https://a.com"}, {"prefix": "https://b"}, {"safe_regex": {"regex": ".*"}}],
        ),
        ("{allowMethods: [GET, POST]}", "allow_methods", "GET,POST"),
        ("{allowHeaders: [x-a, x-b]}", "allow_headers", "x-a,x-b"),
        ("{exposeHeaders: [x-a, x-b]}", "expose_headers", "x-a,x-b"),
        ("{maxAge: 24h}", "max_age", "86400"),
        ("{allowCredentials: true}", "allow_credentials", True),
        ("{allowCredentials: false}", "allow_credentials", False),
        ("{unmatchedPreflights: IGNORE}", "forward_not_matching_preflights", False),
        ("{unmatchedPreflights: FORWARD}", "forward_not_matching_preflights", True),
    ],
)
def test_each_field_has_its_place(text: str, field: str, found: Any) -> None:
    assert made(text)[field] == found


def test_an_origin_that_would_be_any_is_none() -> None:
    found = to_json(cors_policy(CorsPolicy(allow_origins=(Present(), Exact("https://a.com")))))
    assert found["allow_origin_string_match"] == [{"exact": "https://a.com"}]
