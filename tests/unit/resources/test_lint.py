from __future__ import annotations

import pytest

from authz.model.problem import Code, Problem, Problems, Severity
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.model.where import Where
from authz.resources.extension_provider import ExtensionProvider, ProviderKind
from authz.resources.lint import lint
from authz.resources.mesh_config import MeshConfig
from tests.support.reading import resources, with_spec

SUBJECT = DecidingSettings(BareRequestPrincipals.SUBJECT)


def warnings(spec: str, config: MeshConfig | None = None, settings: DecidingSettings | None = None) -> list[Problem]:
    found, errors = resources(with_spec(spec))
    problems = Problems()
    lint(found, config or MeshConfig(), settings or DecidingSettings(), problems)
    assert errors == []
    assert not problems.has_errors()
    return list(problems)


@pytest.mark.parametrize("field", ["requestPrincipals", "notRequestPrincipals"])
def test_a_bare_request_principal_is_warned_about_with_ways_to_write_it(field: str) -> None:
    rule = f"{{from: [{{source: {{{field}: [a/b, me@example.com]}}}}]}}"
    (warning,) = warnings(f"{{action: DENY, selector: {{matchLabels: {{a: b}}}}, rules: [{{}}, {rule}]}}")
    assert (warning.code, warning.severity) == (Code.BARE_REQUEST_PRINCIPAL, Severity.WARNING)
    assert warning.field == f"spec.rules[1].from[0].source.{field}[1]"
    assert "ISSUER/me@example.com" in warning.message
    assert "*/me@example.com" in warning.message
    assert "`bareRequestPrincipals: subject`" in warning.message


def test_a_condition_on_the_principal_is_looked_at_too() -> None:
    (warning,) = warnings("{rules: [{when: [{key: request.auth.principal, values: [me]}]}]}")
    assert warning.field == "spec.rules[0].when[0].values[0]"


@pytest.mark.parametrize("value", ["a/b", "*", "*/me", "iss/*", "me*", "a/", "/b", "https://iss/me"])
def test_a_request_principal_with_slash_or_star_is_fine(value: str) -> None:
    assert warnings(f"{{rules: [{{from: [{{source: {{requestPrincipals: ['{value}']}}}}]}}]}}") == []


def test_nothing_is_warned_about_where_the_setting_reads_it_as_meant() -> None:
    spec = "{rules: [{from: [{source: {requestPrincipals: [me]}}]}]}"
    assert len(warnings(spec)) == 1
    assert warnings(spec, settings=SUBJECT) == []


def test_a_bare_principal_of_the_peer_is_another_matter() -> None:
    (warning,) = warnings("{rules: [{from: [{source: {principals: [me], namespaces: [me]}}]}]}")
    assert warning.code is Code.PARTIAL_PRINCIPAL


def test_an_unknown_provider_is_warned_about() -> None:
    (warning,) = warnings("{action: CUSTOM, provider: {name: p}, rules: [{}]}")
    assert (warning.code, warning.field) == (Code.UNKNOWN_PROVIDER, "spec.provider.name")
    assert warning.message == "the mesh has no extension provider 'p'; what this policy matches is denied"


@pytest.mark.parametrize("kind", ProviderKind)
def test_a_provider_of_the_mesh_is_known(kind: ProviderKind) -> None:
    config = MeshConfig(extension_providers=(ExtensionProvider("p", kind, Where("mesh.yaml", 1, 1)),))
    assert warnings("{action: CUSTOM, provider: {name: p}, rules: [{}]}", config) == []
