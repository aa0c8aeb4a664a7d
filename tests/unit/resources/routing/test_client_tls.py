import pytest

from authz.model.problem import Severity
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.destination_rule import DestinationRule
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def tls(text: str) -> ClientTls | None:
    policy = f"{{tls: {text}, outlierDetection: {{}}}}"
    found = read(DestinationRule, document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    return found.traffic_policy.tls if found.traffic_policy else None


def test_every_field_is_read() -> None:
    files = "clientCertificate: /a.pem, privateKey: /a.key, caCertificates: /ca.pem, caCrl: /ca.crl"
    assert tls(f"{{mode: MUTUAL, {files}, sni: a.b, subjectAltNames: [c, d]}}") == ClientTls(
        ClientTlsMode.MUTUAL,
        client_certificate="/a.pem",
        private_key="/a.key",
        ca_certificates="/ca.pem",
        ca_crl="/ca.crl",
        sni="a.b",
        subject_alt_names=("c", "d"),
    )
    assert tls("{mode: MUTUAL, credentialName: a, insecureSkipVerify: true}") == ClientTls(
        ClientTlsMode.MUTUAL, credential_name="a", insecure_skip_verify=True
    )


def test_without_a_mode_it_is_plain_text_as_in_istio() -> None:
    assert tls("{}") == ClientTls(ClientTlsMode.DISABLE)


@pytest.mark.parametrize("field", ["sni: a", "credentialName: a", "subjectAltNames: [a]", "caCertificates: /a"])
def test_what_plain_text_does_not_use_is_warned_of(field: str) -> None:
    text = document("DestinationRule", f"{{host: a, trafficPolicy: {{tls: {{{field}}}}}}}")
    found, (warning,) = resources(text)
    assert (warning.severity, warning.code.value) == (Severity.WARNING, "AZ991")
    assert "plain text" in warning.message
    assert found.of(DestinationRule)[0].traffic_policy is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{mode: MUTUAL}", ["4:38 AZ022 {}.clientCertificate", "4:38 AZ022 {}.privateKey"]),
        ("{mode: MUTUAL, clientCertificate: '', privateKey: /a}", ["4:38 AZ022 {}.clientCertificate"]),
        ("{mode: SIMPLE, credentialName: a, caCrl: /a}", ["4:72 AZ110 {}.caCrl"]),
        ("{mode: SIMPLE, credentialName: a, caCrl: ''}", []),
        ("{mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: []}", []),
        ("{mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [a]}", ["4:79 AZ110 {}.subjectAltNames"]),
        ("{mode: SIMPLE, credentialName: 'configmap://b/c'}", ["4:69 AZ552 {}.credentialName"]),
        ("{mode: SIMPLE, credentialName: 'configmap://default/'}", ["4:69 AZ552 {}.credentialName"]),
        ("{mode: SIMPLE, credentialName: 'configmap://default/c'}", []),
        ("{mode: SIMPLE, insecureSkipVerify: 'true'}", ["4:73 AZ021 {}.insecureSkipVerify"]),
    ],
)
def test_what_does_not_go_together_is_told_at_its_place(text: str, expected: list[str]) -> None:
    _, problems = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {{tls: {text}}}}}"))
    assert summaries(problems) == [one.replace("{}", "spec.trafficPolicy.tls") for one in expected]
