"""What is hidden, and that it cannot be slipped past."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from authz.audit.masking import (
    Masker,
    MaskRule,
    Subject,
    Treatment,
    parse_claim_path,
    parse_mask_rule,
    render_claim_path,
)

KEY = b"0123456789abcdef"


def masker(*rules: str) -> Masker:
    return Masker(map(parse_mask_rule, rules), KEY)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("header:X-Api-Key=hash", MaskRule(Subject.HEADER, "x-api-key", Treatment.HASH)),
        ("claim:email=mask", MaskRule(Subject.CLAIM, "email", Treatment.MASK)),
        ("claim:[a][b]=drop", MaskRule(Subject.CLAIM, "[a][b]", Treatment.DROP)),
        ("claim:https://x/y=drop", MaskRule(Subject.CLAIM, "https://x/y", Treatment.DROP)),
        ("query:a=b=mask", MaskRule(Subject.QUERY, "a=b", Treatment.MASK)),
        ("path:/users/*/x=mask", MaskRule(Subject.PATH, "/users/*/x", Treatment.MASK)),
    ],
)
def test_a_rule_is_read(text: str, rule: MaskRule) -> None:
    assert parse_mask_rule(text) == rule
    assert parse_mask_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        *("", "header", "header:a", "header:a=", "header:=mask", "header:a=keep", "body:a=mask", "header:a b=mask"),
        *("path:a/*=mask", "path:/a=mask", "path:/a*=mask", "path:/**/a=mask", "claim:[a=mask", "claim:[a]b=mask"),
    ],
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no header|stands for"):
        parse_mask_rule(text)


@pytest.mark.parametrize("path", [("a",), ("a", "b"), ("[a",)])
def test_claims_are_written_as_they_are_read(path: tuple[str, ...]) -> None:
    if path != ("[a",):
        assert parse_claim_path(render_claim_path(path)) == path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("authorization", Treatment.DROP),
        ("proxy-authorization", Treatment.DROP),
        ("cookie", Treatment.DROP),
        ("set-cookie", Treatment.DROP),
        ("x-forwarded-client-cert", Treatment.MASK),
        ("x-jwt", Treatment.MASK),
        ("user-agent", None),
    ],
)
def test_the_usual_secrets_are_hidden_unasked(name: str, expected: Treatment | None) -> None:
    assert masker().of_header(name, {"x-jwt"}) is expected


def test_a_rule_says_how_but_never_that_a_secret_is_shown() -> None:
    found = masker("header:authorization=hash", "header:x-jwt=drop")
    assert found.of_header("authorization", ()) is Treatment.HASH
    assert found.of_header("x-jwt", {"x-jwt"}) is Treatment.DROP


def test_a_hash_is_the_keyed_one_that_others_can_compute() -> None:
    expected = hmac.new(KEY, b"me@example.com", hashlib.sha256).hexdigest()[:32]
    assert masker().treat(Treatment.HASH, "me@example.com") == f"hmac:{expected}"
    assert masker().treat(Treatment.MASK, "me@example.com") == "***"


def test_hashing_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r"header:a=hash needs a key: log\.hashKey"):
        Masker([parse_mask_rule("header:a=hash")])


def test_a_claim_is_hidden_by_what_it_is_in() -> None:
    found = masker("claim:[a][b]=mask", "claim:c=drop")
    assert found.of_claim(("a", "b", "d")) is Treatment.MASK
    assert found.of_claim(("c",)) is Treatment.DROP
    assert found.of_claim(("a",)) is None
    assert found.hides_within(("a",))
    assert not found.hides_within(("c",))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("a=1&access_token=x&b", "a=1&access_token=***&b"),
        ("ACCESS_token=x", "ACCESS_token=***"),
        ("access%5Ftoken=x", "access%5Ftoken=***"),
        ("tok=x&secret=y&a=1", "tok=***&a=1"),
        ("access_token", "access_token"),
        ("a=1#access_token=x", "a=1#***"),
        ("", ""),
    ],
)
def test_tokens_in_a_query_are_hidden_however_they_are_spelled(query: str, shown: str) -> None:
    assert masker("query:secret=drop").query(query, {"tok"}) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Bearer abc", "Bearer ***"),
        ("bearer abc", "bearer ***"),
        ("https://a/?access_token=x", "https://a/?access_token=***"),
        ("text/html", "text/html"),
    ],
)
def test_tokens_in_other_headers_are_hidden(value: str, shown: str) -> None:
    assert masker().header_value(value, ()) == shown


PATHS = ("path:/reset/*=mask", "path:/u/*/mail/*=hash", "path:/files/**=mask", "path:/gone/*=drop")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/reset/abc", "/reset/***"),
        ("/reset/abc/d", "/reset/abc/d"),
        ("/reset", "/reset"),
        ("/files/a/b/c", "/files/***"),
        ("/files", "/files"),
        ("/gone/x", None),
        ("/other", "/other"),
        ("/reset//abc", "***"),
        ("//reset/abc", "***"),
        ("/%72eset/abc", "***"),
        ("/x/../reset/abc", "***"),
        ("/reset\\abc", "***"),
        ("/a%20b", "/a%20b"),
        ("/a;access_token=x/b;c=d", "/a;access_token=***/b;c=d"),
        ("/a#access_token=x", "/a"),
    ],
)
def test_paths_are_hidden_in_whatever_form_they_come(path: str, shown: str | None) -> None:
    assert masker(*PATHS).path(path, ()) == shown


def test_each_star_of_a_path_is_hidden_by_itself() -> None:
    shown = masker(*PATHS).path("/u/42/mail/x@y", ())
    assert shown is not None
    assert shown.startswith("/u/hmac:")
    assert "42" not in shown.split("/")
    assert "x@y" not in shown
