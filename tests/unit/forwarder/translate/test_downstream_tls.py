"""TLS that ends at a gateway, by what a server says of it: routing of Istio, TLS modes."""

from __future__ import annotations

from typing import Any

import pytest

from authz.forwarder.translate.downstream_tls import secrets_of, tls_socket
from authz.pb.packing import to_json
from tests.support.routes import server, tls

HTTPS = "{number: 443, name: https, protocol: HTTPS}"
BYTES = "{number: 443, name: tls, protocol: TLS}"
CREDENTIAL = "credentialName: cert"


def context(text: str, port: str = HTTPS) -> dict[str, Any]:
    one = server(f"{{port: {port}, hosts: ['*'], tls: {{{text}}}}}")
    assert one.tls is not None
    made: dict[str, Any] = to_json(tls_socket(one, one.tls))["typed_config"]  # type: ignore[assignment]
    return made


def certificates(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["common_tls_context"]["tls_certificate_sds_secret_configs"]]


def validation(found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    made = found["common_tls_context"]["combined_validation_context"]
    return made["validation_context_sds_secret_config"]["name"], made["default_validation_context"]


@pytest.mark.parametrize(
    "mode, required", [("SIMPLE", None), ("MUTUAL", True), ("OPTIONAL_MUTUAL", False), ("ISTIO_MUTUAL", True)]
)
def test_a_mode_says_whether_a_client_certificate_is_required(mode: str, *, required: bool | None) -> None:
    found = context(f"mode: {mode}" + (f", {CREDENTIAL}" if mode != "ISTIO_MUTUAL" else ""))

    assert found.get("require_client_certificate") is required
    assert ("combined_validation_context" in found["common_tls_context"]) is (required is not None)


@pytest.mark.parametrize(
    "text, expected",
    [
        (CREDENTIAL, ["kubernetes://cert"]),
        ("credentialName: kubernetes://ns/cert", ["kubernetes://ns/cert"]),
        ("credentialNames: [rsa, ecdsa]", ["kubernetes://rsa", "kubernetes://ecdsa"]),
        ("serverCertificate: /c, privateKey: /k", ["file-cert:/c~/k"]),
        (
            "tlsCertificates: [{serverCertificate: /c, privateKey: /k}, {serverCertificate: /d, privateKey: /l}]",
            ["file-cert:/c~/k", "file-cert:/d~/l"],
        ),
    ],
)
def test_certificates_are_secrets_by_name(text: str, expected: list[str]) -> None:
    assert certificates(context(f"mode: SIMPLE, {text}")) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        (CREDENTIAL, "kubernetes://cert-cacert"),
        ("credentialNames: [rsa, ecdsa]", "kubernetes://rsa-cacert"),
        (f"{CREDENTIAL}, caCertCredentialName: roots", "kubernetes://roots-cacert"),
        (f"{CREDENTIAL}, caCertCredentialName: roots-cacert", "kubernetes://roots-cacert"),
        ("serverCertificate: /c, privateKey: /k, caCertificates: /ca", "file-root:/ca"),
        (
            "tlsCertificates: [{serverCertificate: /c, privateKey: /k, caCertificates: /own}], caCertificates: /ca",
            "file-root:/ca",
        ),
    ],
)
@pytest.mark.parametrize("mode", ["MUTUAL", "OPTIONAL_MUTUAL"])
def test_whom_clients_certificates_may_be_of_is_a_secret_of_authorities_by_its_name(
    mode: str, text: str, expected: str
) -> None:
    assert validation(context(f"mode: {mode}, {text}"))[0] == expected


def test_mutual_tls_of_the_mesh_has_the_workloads_certificate_and_the_meshs_authorities() -> None:
    found = context("mode: ISTIO_MUTUAL")

    assert certificates(found) == ["default"]
    assert validation(found)[0] == "ROOTCA"
    assert found["common_tls_context"]["tls_params"] == {
        "tls_minimum_protocol_version": "TLSv1_2",
        "tls_maximum_protocol_version": "TLSv1_3",
    }


def test_a_secret_that_is_not_there_holds_a_listener_up_for_a_second() -> None:
    (config,) = context(f"mode: SIMPLE, {CREDENTIAL}")["common_tls_context"]["tls_certificate_sds_secret_configs"]

    assert config["sds_config"] == {"ads": {}, "initial_fetch_timeout": "1s", "resource_api_version": "V3"}


def test_names_of_clients_are_compared_as_a_whole_whatever_kind_of_name_they_are() -> None:
    _, found = validation(context(f"mode: MUTUAL, {CREDENTIAL}, subjectAltNames: [a.com]"))

    assert found["match_typed_subject_alt_names"] == [
        {"san_type": kind, "matcher": {"exact": "a.com"}} for kind in ("DNS", "URI", "EMAIL", "IP_ADDRESS")
    ]


def test_what_else_is_verified_of_clients() -> None:
    spki, digest = "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyMDE=", "ab" * 32
    more = f"verifyCertificateSpki: ['{spki}'], verifyCertificateHash: ['{digest}'], caCrl: /crl"
    _, found = validation(context(f"mode: MUTUAL, {CREDENTIAL}, {more}"))

    assert found == {
        "verify_certificate_spki": [spki],
        "verify_certificate_hash": [digest],
        "crl": {"filename": "/crl"},
    }


def test_to_skip_verification_is_what_somebody_has_written() -> None:
    assert validation(context(f"mode: MUTUAL, {CREDENTIAL}"))[1] == {}
    assert validation(context(f"mode: MUTUAL, {CREDENTIAL}, insecureSkipVerify: true"))[1] == {
        "trust_chain_verification": "ACCEPT_UNTRUSTED"
    }


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", None),
        ("minProtocolVersion: TLSV1_3", {"tls_minimum_protocol_version": "TLSv1_3"}),
        ("maxProtocolVersion: TLSV1_2", {"tls_maximum_protocol_version": "TLSv1_2"}),
        (
            "minProtocolVersion: TLSV1_2, cipherSuites: [ECDHE-ECDSA-AES128-GCM-SHA256], ecdhCurves: [P-256]",
            {
                "tls_minimum_protocol_version": "TLSv1_2",
                "cipher_suites": ["ECDHE-ECDSA-AES128-GCM-SHA256"],
                "ecdh_curves": ["P-256"],
            },
        ),
    ],
)
def test_parameters_of_tls(text: str, expected: dict[str, Any] | None) -> None:
    found = context(f"mode: SIMPLE, {CREDENTIAL}{', ' if text else ''}{text}")

    assert found["common_tls_context"].get("tls_params") == expected


@pytest.mark.parametrize(
    "mode, port, expected",
    [
        ("SIMPLE", HTTPS, ["h2", "http/1.1"]),
        ("SIMPLE", BYTES, ["h2", "http/1.1"]),
        ("ISTIO_MUTUAL", HTTPS, ["h2", "http/1.1"]),
        ("ISTIO_MUTUAL", BYTES, ["istio-peer-exchange", "h2", "http/1.1"]),
    ],
)
def test_protocols_that_are_offered(mode: str, port: str, expected: list[str]) -> None:
    text = f"mode: {mode}" + (f", {CREDENTIAL}" if mode == "SIMPLE" else "")

    assert context(text, port)["common_tls_context"]["alpn_protocols"] == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("mode: PASSTHROUGH", ()),
        ("mode: AUTO_PASSTHROUGH", ()),
        (f"mode: SIMPLE, {CREDENTIAL}", ("kubernetes://cert",)),
        (f"mode: MUTUAL, {CREDENTIAL}", ("kubernetes://cert", "kubernetes://cert-cacert")),
        ("mode: ISTIO_MUTUAL", ("default", "ROOTCA")),
    ],
)
def test_the_secrets_that_a_server_needs(text: str, expected: tuple[str, ...]) -> None:
    assert secrets_of(tls(f"{{{text}}}")) == expected
