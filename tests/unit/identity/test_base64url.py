from base64 import urlsafe_b64encode

import pytest

from authz.identity.base64url import decode_base64url, decode_signature


@pytest.mark.parametrize("content", [b"", b"a", b"ab", b"abc", b"\xfb\xff\xfe", bytes(range(256))])
def test_padding_and_blanks_may_be_there(content: bytes) -> None:
    padded = urlsafe_b64encode(content)

    assert decode_base64url(padded.rstrip(b"=")) == content
    assert decode_base64url(padded) == content
    assert decode_base64url(b" \t" + padded[:1] + b"\n" + padded[1:]) == content


@pytest.mark.parametrize("text", [b"a", b"ab=", b"abc==", b"abcd=", b"=", b"a+bc", b"a/bc", b"ab?d", b"ab=c", b"abcde"])
def test_what_no_encoder_writes_is_refused(text: bytes) -> None:
    assert decode_base64url(text) is None


def test_a_signature_has_one_text() -> None:
    texts = [b"Y" + bytes([last]) for last in range(256)]

    assert [text for text in texts if decode_signature(text) == b"a"] == [b"YQ"]
    assert len([text for text in texts if decode_base64url(text) == b"a"]) == 16
    assert decode_signature(b"YQ==") == decode_signature(b" Y Q") == b"a"
    assert decode_signature(b"YR==") is decode_signature(b"Y") is decode_signature(b"YQ=") is None
