from __future__ import annotations

import pytest

from authz.identity.svid import NoSvid, Svid, read_svid
from authz.model.spiffe_id import parse_spiffe_id
from tests.support.pki import DAY, WEB, Authority

CA = Authority()


def test_the_one_uri_is_the_id() -> None:
    assert read_svid(CA.issue(WEB).certificate) == Svid(parse_spiffe_id(WEB), CA.now + DAY)


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (CA.issue().certificate, "its certificate has no URI names; one SPIFFE id is expected"),
        (CA.issue(dns=()).certificate, "its certificate has no URI names; one SPIFFE id is expected"),
        (CA.issue(dns=(WEB,)).certificate, "its certificate has no URI names; one SPIFFE id is expected"),
        (CA.issue(WEB, WEB + "-2").certificate, "its certificate has 2 URI names; one SPIFFE id is expected"),
        (CA.issue(WEB, "https://web.test").certificate, "its certificate has 2 URI names; one SPIFFE id is expected"),
        (CA.issue("https://web.test").certificate, "its certificate has no SPIFFE id that can be read: does not begin"),
        (CA.issue(WEB + "\0.evil").certificate, "its certificate has no SPIFFE id that can be read: its path has"),
        (CA.issue(WEB + "/../admin").certificate, "its certificate has no SPIFFE id that can be read: its path has"),
        (CA.issue(WEB, is_ca=True).certificate, "its certificate is an authority's own"),
        (CA.issue(WEB, signs_lists=True).certificate, "its certificate is an authority's own"),
        (b"", "its certificate has no SPIFFE id that can be read"),
    ],
)
def test_a_certificate_of_any_other_shape_names_nobody(certificate: bytes, why: str) -> None:
    read = read_svid(certificate)
    assert isinstance(read, NoSvid)
    assert read.reason.startswith(why)
