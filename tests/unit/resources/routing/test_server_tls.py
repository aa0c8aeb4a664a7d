import pytest

from authz.model.routing.gateway import FileCertificate, ServerTls, TlsMode, TlsVersion
from authz.model.where import Where
from tests.support.reading import summaries
from tests.support.routes import problems_of, tls

HASH = "ab" * 32
SPKI = "A" * 43 + "="
CIPHERS = "[ECDHE-RSA-AES128-GCM-SHA256, AES128-SHA]"


def test_every_field_is_read() -> None:
    found = tls(
        "{mode: MUTUAL, credentialName: a, caCertCredentialName: b, caCrl: /crl, subjectAltNames: [c.com],"
        f" verifyCertificateSpki: ['{SPKI}'], verifyCertificateHash: [{HASH}], minProtocolVersion: TLSV1_2,"
        f" maxProtocolVersion: TLSV1_3, cipherSuites: {CIPHERS}, ecdhCurves: [X25519], insecureSkipVerify: true}}"
    )
    assert found == ServerTls(
        where=found.where,
        mode=TlsMode.MUTUAL,
        credential_names=("a",),
        ca_credential_name="b",
        ca_crl="/crl",
        subject_alt_names=("c.com",),
        verify_certificate_spki=(SPKI,),
        verify_certificate_hash=(HASH,),
        min_version=TlsVersion.TLSV1_2,
        max_version=TlsVersion.TLSV1_3,
        cipher_suites=("ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"),
        ecdh_curves=("X25519",),
        insecure_skip_verify=True,
    )
    assert isinstance(found.where, Where)


def test_nothing_written_passes_through() -> None:
    assert tls("{}") == ServerTls(tls("{}").where)
    assert tls("{}").mode is TlsMode.PASSTHROUGH


def test_a_certificate_in_files_is_one_of_the_certificates() -> None:
    found = tls("{mode: MUTUAL, serverCertificate: /a, privateKey: /b, caCertificates: /c}")
    assert found.certificates == (FileCertificate("/a", "/b"),)
    assert (found.credential_names, found.ca_certificates) == ((), "/c")


def test_there_may_be_two_certificates_each_with_an_authority_of_its_own() -> None:
    found = tls(
        "{mode: SIMPLE, tlsCertificates: [{serverCertificate: /a, privateKey: /b, caCertificates: /c},"
        " {serverCertificate: /d, privateKey: /e}]}"
    )
    assert found.certificates == (FileCertificate("/a", "/b", "/c"), FileCertificate("/d", "/e"))


@pytest.mark.parametrize(
    "text,names",
    [
        ("credentialName: a", ("a",)),
        ("credentialName: foo/a", ("foo/a",)),
        ("credentialName: 'kubernetes://foo/a'", ("kubernetes://foo/a",)),
        ("credentialNames: [a, b]", ("a", "b")),
    ],
)
def test_credentials_are_secrets_by_name(text: str, names: tuple[str, ...]) -> None:
    assert tls(f"{{mode: SIMPLE, {text}}}").credential_names == names


def found_with(text: str) -> tuple[list[str], list[str]]:
    port = "{number: 443, name: https, protocol: HTTPS}"
    problems = problems_of("Gateway", f"{{servers: [{{port: {port}, hosts: ['*'], tls: {text}}}]}}")
    return summaries(problems), [problem.message for problem in problems]


def test_a_certificate_without_mode_does_nothing_and_the_message_says_why() -> None:
    where, (message,) = found_with("{credentialName: a}")
    assert where == ["4:90 AZ991 spec.servers[0].tls.credentialName"]
    assert message == "does nothing: PASSTHROUGH, which is what a missing mode is, ends no TLS"


def test_a_mode_that_was_written_is_not_called_missing() -> None:
    _, (message,) = found_with("{mode: AUTO_PASSTHROUGH, credentialName: a}")
    assert message == "does nothing: AUTO_PASSTHROUGH ends no TLS"


def test_each_source_of_a_certificate_is_named() -> None:
    _, (message, *_) = found_with("{mode: SIMPLE, credentialName: a, credentialNames: [b]}")
    assert message == "a certificate comes from one place; found credentialName and credentialNames"


@pytest.mark.parametrize("name", ["../a", "a/b/c", "A", "file:///a", "'builtin://'", "a_b", "'kubernetes://'", "'.'"])
def test_what_is_no_secret_is_no_credential(name: str) -> None:
    where, _ = found_with(f"{{mode: SIMPLE, credentialName: {name}}}")
    assert [one.split()[1] for one in where] == ["AZ552"]


def test_unknown_and_repeated_cipher_suites_and_curves_are_passed_over() -> None:
    where, _ = found_with(
        "{mode: SIMPLE, credentialName: a, cipherSuites: [ROT13, AES128-SHA, AES128-SHA], ecdhCurves: [P-1, P-256]}"
    )
    assert [one.split()[2].rpartition(".")[2] for one in where] == [
        "cipherSuites[0]",
        "cipherSuites[2]",
        "ecdhCurves[0]",
    ]


def test_a_plain_server_is_told_which_protocol_to_write() -> None:
    port = "{number: 80, name: a, protocol: %s}"
    for protocol, wanted in (("HTTP", "HTTPS"), ("TCP", "TLS")):
        spec = f"{{servers: [{{port: {port % protocol}, hosts: ['*'], tls: {{mode: ISTIO_MUTUAL}}}}]}}"
        (problem,) = problems_of("Gateway", spec)
        assert problem.message == f"a server of {protocol} is plain text; for TLS its protocol is {wanted}"


def test_where_the_protocol_is_unreadable_nothing_is_said_of_tls() -> None:
    spec = "{servers: [{port: {number: 80, name: a, protocol: X}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}]}"
    assert summaries(problems_of("Gateway", spec)) == ["4:57 AZ026 spec.servers[0].port.protocol"]
