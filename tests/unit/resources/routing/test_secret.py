import base64

import pytest

from authz.model.routing.kubernetes import KeyPair, Secret
from tests.support.reading import resources, summaries
from tests.support.routing import read

HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: foo}\n"
HIDDEN = "c2VjcmV0"  # `secret`


def secret(fields: str) -> Secret:
    return read(Secret, HEAD + fields)


def test_values_are_decoded() -> None:
    certificate, key = (base64.b64encode(value).decode() for value in (b"CERTIFICATE", b"KEY"))
    found = secret(f"type: kubernetes.io/tls\ndata: {{tls.crt: {certificate}, tls.key: '{key}'}}\nimmutable: true\n")
    assert (found.key, found.type, str(found.where)) == (("foo", "a"), "kubernetes.io/tls", "a.yaml:1:1")
    assert found.key_pair == KeyPair(b"CERTIFICATE", b"KEY")


def test_text_is_taken_as_it_is_and_wins() -> None:
    found = secret(f"data: {{a: {HIDDEN}, b: {HIDDEN}}}\nstringData: {{b: grüße}}\n")
    assert (found.get("a"), found.get("b"), found.get("c")) == (b"secret", "grüße".encode(), b"")


def test_base64_may_be_broken_into_lines() -> None:
    assert secret("data:\n  a: |\n    c2Vj\n    cmV0\n").get("a") == b"secret"


@pytest.mark.parametrize("fields", ["", "data:\n", "data: null\nstringData: null\n", "data: {}\n"])
def test_a_secret_may_be_empty(fields: str) -> None:
    found = secret(fields)
    assert (found.data, found.type) == ((), "Opaque")


def test_a_value_may_be_empty() -> None:
    assert secret("data: {a: '', b: }\n").data == (("a", b""), ("b", b""))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("data: {a: 'topsecret!'}\n", "4:11 AZ581 data.a"),
        ("data: {a: topsecretx}\n", "4:11 AZ581 data.a"),
        ("data: {a: 71112345}\n", "4:11 AZ581 data.a"),
        ("data: {a: [topsecret]}\n", "4:11 AZ581 data.a"),
        ("data: topsecret\n", "4:7 AZ581 data"),
        ("data: [topsecret]\n", "4:7 AZ581 data"),
        ("stringData: {a: 71112345}\n", "4:17 AZ581 stringData.a"),
        ("stringData: {a: true}\n", "4:17 AZ581 stringData.a"),
        ("stringData: topsecret\n", "4:13 AZ581 stringData"),
    ],
)
def test_a_problem_never_shows_what_was_found(fields: str, expected: str) -> None:
    _, problems = resources(HEAD + fields)
    assert summaries(problems) == [expected]
    assert not any(word in str(problem) for problem in problems for word in ("topsecre", "71112345"))


def test_nothing_of_it_is_shown_in_a_set_of_resources() -> None:
    found, _ = resources(HEAD + f"data: {{a: {HIDDEN}}}\nstringData: {{b: hunter2}}\n")
    assert not any(word in repr(found) for word in ("secret'", HIDDEN, "hunter2"))
