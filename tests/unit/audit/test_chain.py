"""Lines that hold on to one another."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authz.audit.chain import GENESIS, Chain, ChainError, LineEnd, Signer, is_signed_by, key_id
from tests.support.log_files import KEY

PUBLIC = KEY.public_key()


def test_a_line_has_its_number_and_the_digest_of_the_one_before() -> None:
    first, chain = Chain().link(b'{"a":1')
    second, chain = chain.link(b'{"b":2')
    assert json.loads(first) == {"a": 1, "seq": 1, "prev": GENESIS}
    assert json.loads(second) == {"b": 2, "seq": 2, "prev": hashlib.sha256(first).hexdigest()}
    assert chain == Chain(2, hashlib.sha256(second).hexdigest())
    assert Chain().after(first).after(second) == chain


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda line: line.replace(b'"a":1', b'"a":2'), None),
        (lambda line: line.replace(b'"seq":2', b'"seq":3'), "its number is 3, 2 was expected"),
        (lambda line: line.replace(b'"prev":"', b'"prev":"0')[:-1], "no line"),
        (lambda _: b"", "no line"),
        (lambda _: b'{"seq":2,"prev":"x"}', "no line"),
        (lambda line: line + b" ", "no line"),
    ],
)
def test_a_line_follows_another_or_it_does_not(change: object, words: str | None) -> None:
    assert callable(change)
    _, chain = Chain().link(b'{"x":0')
    line, after = chain.link(b'{"a":1')
    changed = change(line)
    if words is None:  # the line after it will tell
        assert chain.after(changed) != after
        return
    with pytest.raises(ChainError, match=words):
        chain.after(changed)


def test_a_line_behind_a_changed_one_does_not_follow_it() -> None:
    first, chain = Chain().link(b'{"a":1')
    second, _ = chain.link(b'{"b":2')
    with pytest.raises(ChainError, match="does not follow"):
        Chain().after(first.replace(b"1", b"2", 1)).after(second)


def test_a_signature_is_over_all_of_the_line() -> None:
    line, chain = Chain().sign(b'{"a":1', Signer(KEY))
    end = LineEnd.of(line)
    assert end is not None
    assert is_signed_by(end, PUBLIC)
    assert Chain().after(line) == chain
    changed = LineEnd.of(line.replace(b'"a":1', b'"a":2'))
    assert changed is not None
    assert not is_signed_by(changed, PUBLIC)


def test_a_line_without_a_signature_is_not_signed() -> None:
    line, _ = Chain().link(b'{"a":1')
    end = LineEnd.of(line)
    assert end is not None
    assert not is_signed_by(end, PUBLIC)


def test_a_signature_of_another_key_does_not_count() -> None:
    other = Ed25519PrivateKey.generate()
    line, _ = Chain().sign(b'{"a":1', Signer(other))
    end = LineEnd.of(line)
    assert end is not None
    assert not is_signed_by(end, PUBLIC)
    assert key_id(other.public_key()) != key_id(PUBLIC) == Signer(KEY).key_id


def test_members_of_a_record_are_not_taken_for_those_of_the_chain() -> None:
    line, _ = Chain().link(b'{"detail":",\\"seq\\":9,\\"prev\\":\\"x\\"}"')
    end = LineEnd.of(line)
    assert end is not None
    assert end.seq == 1
