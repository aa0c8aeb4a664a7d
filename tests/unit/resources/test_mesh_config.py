from __future__ import annotations

import json

import pytest

from authz.model.path import PathNormalization
from authz.model.problem import Code, Problem, Problems
from authz.resources.documents import SourceFile
from authz.resources.extension_provider import ProviderKind
from authz.resources.mesh_config import MeshConfig, read_mesh_config
from tests.support.reading import summaries


def read(content: str, file: str = "mesh.yaml") -> tuple[MeshConfig, list[Problem]]:
    problems = Problems()
    return read_mesh_config(SourceFile(file, content.encode()), problems), list(problems)


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "---\n", "{}", "null", "pathNormalization: {}", "defaultConfig: {}"]
)
def test_without_a_word_the_defaults_are_istios(content: str) -> None:
    assert read(content) == (MeshConfig("istio-system", "cluster.local", (), PathNormalization.BASE, 0, ()), [])


EVERYTHING = """\
rootNamespace: root
trustDomain: td
trustDomainAliases: [old, 'td', other]
pathNormalization: {normalization: MERGE_SLASHES}
defaultConfig:
  meshId: m
  gatewayTopology: {numTrustedProxies: 2, forwardClientCertDetails: SANITIZE, proxyProtocol: {}}
extensionProviders:
- {name: a, envoyExtAuthzGrpc: {service: s, port: 9000}}
- {name: b, envoyExtAuthzHttp: {service: s, port: 9000}}
- {name: c, prometheus: {}}
enableAutoMtls: true
accessLogFile: /dev/stdout
meshMTLS: {minProtocolVersion: TLSV1_3}
"""


def test_every_field_that_decides_is_read() -> None:
    config, problems = read(EVERYTHING)
    assert problems == []
    assert (config.root_namespace, config.trust_domain, config.num_trusted_proxies) == ("root", "td", 2)
    assert config.trust_domain_aliases == ("old", "td", "other")
    assert config.trust_domains == ("td", "old", "other")
    assert config.path_normalization is PathNormalization.MERGE_SLASHES
    assert [(provider.name, provider.kind) for provider in config.extension_providers] == [
        ("a", ProviderKind.GRPC),
        ("b", ProviderKind.HTTP),
    ]
    assert [str(provider.where) for provider in config.extension_providers] == ["mesh.yaml:9:3", "mesh.yaml:10:3"]


def test_a_mesh_may_be_json() -> None:
    mesh = {"rootNamespace": "root", "defaultConfig": {"gatewayTopology": {"numTrustedProxies": 1}}}
    config, problems = read(json.dumps(mesh, indent="\t"), "mesh.json")
    assert problems == []
    assert (config.root_namespace, config.num_trusted_proxies) == ("root", 1)


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("DEFAULT", PathNormalization.BASE),
        ("NONE", PathNormalization.NONE),
        ("BASE", PathNormalization.BASE),
        ("MERGE_SLASHES", PathNormalization.MERGE_SLASHES),
        ("DECODE_AND_MERGE_SLASHES", PathNormalization.DECODE_AND_MERGE_SLASHES),
    ],
)
def test_the_words_of_path_normalization(word: str, mode: PathNormalization) -> None:
    config, problems = read(f"pathNormalization: {{normalization: {word}}}")
    assert (config.path_normalization, problems) == (mode, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("- a", ["1:1 AZ021"]),
        ("text", ["1:1 AZ021"]),
        ("rootNamespace: root\n---\nrootNamespace: other", ["3:1 AZ201"]),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {mesh: ''}", ["1:1 AZ201 kind"]),
        ("rootNamespace: a\nrootNamespace: b", ["2:1 AZ005"]),
        ("rootNamespace: [", ["2:1 AZ003"]),
        ("rootNamespaces: root", ["1:1 AZ020 rootNamespaces"]),
        ("root_namespace: root", ["1:1 AZ020 root_namespace"]),
        ("rootNamespace: 80", ["1:16 AZ021 rootNamespace"]),
        ("rootNamespace: ''", ["1:16 AZ025 rootNamespace"]),
        ("rootNamespace:", ["1:15 AZ021 rootNamespace"]),
        ("rootNamespace: [a]", ["1:16 AZ021 rootNamespace"]),
        ("trustDomain: true", ["1:14 AZ021 trustDomain"]),
        ("trustDomain: ''", ["1:14 AZ025 trustDomain"]),
        ("trustDomainAliases: a", ["1:21 AZ021 trustDomainAliases"]),
        ("trustDomainAliases: [a, 1, '']", ["1:25 AZ021 trustDomainAliases[1]", "1:28 AZ025 trustDomainAliases[2]"]),
        ("pathNormalization: BASE", ["1:20 AZ021 pathNormalization"]),
        ("pathNormalization: {mode: BASE}", ["1:21 AZ020 pathNormalization.mode"]),
        ("pathNormalization: {normalization: base}", ["1:36 AZ026 pathNormalization.normalization"]),
        ("pathNormalization: {normalization: }", ["1:36 AZ021 pathNormalization.normalization"]),
        ("pathNormalization: {normalization: ''}", ["1:36 AZ026 pathNormalization.normalization"]),
        ("pathNormalization: {normalization: 2}", ["1:36 AZ021 pathNormalization.normalization"]),
        ("defaultConfig: 1", ["1:16 AZ021 defaultConfig"]),
        ("defaultConfig: []", ["1:16 AZ021 defaultConfig"]),
        ("defaultConfig: {gatewayTopolgy: {}}", ["1:17 AZ020 defaultConfig.gatewayTopolgy"]),
        ("defaultConfig: {gatewayTopology: 1}", ["1:34 AZ021 defaultConfig.gatewayTopology"]),
        (
            "defaultConfig: {gatewayTopology: {numTrustedProxy: 1}}",
            ["1:35 AZ020 defaultConfig.gatewayTopology.numTrustedProxy"],
        ),
        *(
            (
                f"defaultConfig: {{gatewayTopology: {{numTrustedProxies: {value}}}}}",
                [f"1:54 {code} defaultConfig.gatewayTopology.numTrustedProxies"],
            )
            for value, code in [
                ("-1", "AZ021"),
                ("'1'", "AZ021"),
                ("1.5", "AZ021"),
                ("012", "AZ021"),
                ("9999999999", "AZ026"),
            ]
        ),
        ("extensionProviders: {}", ["1:21 AZ021 extensionProviders"]),
        ("extensionProviders: [a]", ["1:22 AZ021 extensionProviders[0]", "1:22 AZ022 extensionProviders[0].name"]),
        ("extensionProviders: [{prometheus: {}}]", ["1:22 AZ022 extensionProviders[0].name"]),
        ("extensionProviders: [{name: '', prometheus: {}}]", ["1:22 AZ022 extensionProviders[0].name"]),
        ("extensionProviders: [{name: a}]", ["1:22 AZ201 extensionProviders[0]"]),
        ("extensionProviders: [{name: a, sds: {}, zipkin: {}}]", ["1:22 AZ201 extensionProviders[0]"]),
        (
            "extensionProviders: [{name: a, envoyExtAuthz: {}}]",
            ["1:32 AZ020 extensionProviders[0].envoyExtAuthz"],
        ),
        (
            "extensionProviders:\n- {name: a, envoyExtAuthzGrpc: {service: a, port: 1}}\n- {name: a, sds: {}}",
            ["3:3 AZ012 extensionProviders[1].name"],
        ),
    ],
)
def test_what_is_wrong_with_a_mesh_is_said_at_its_place(content: str, expected: list[str]) -> None:
    assert summaries(read(content)[1]) == expected


def test_a_wrong_word_is_named_with_the_right_ones() -> None:
    _, (problem,) = read("pathNormalization: {normalization: merge_slashes}")
    assert problem.code is Code.NOT_ONE_OF
    assert problem.message == (
        "expected one of DEFAULT, NONE, BASE, MERGE_SLASHES, DECODE_AND_MERGE_SLASHES, found 'merge_slashes'"
    )


def test_a_config_map_is_told_what_to_pass() -> None:
    _, (problem,) = read("kind: ConfigMap")
    assert problem.message.endswith("pass what stands under `data.mesh`")


def test_a_mistyped_field_says_what_is_meant() -> None:
    _, (problem,) = read("trustDomainAlias: [a]")
    assert problem.message == "there is no such field; did you mean 'trustDomainAliases'?"


def test_the_trust_domains_of_authorities_are_read() -> None:
    content = "caCertificates: [{pem: a, trustDomains: [b, c]}, {spiffeBundleUrl: d, trustDomains: [c, e]}, {pem: f}]"
    mesh, problems = read(content)
    assert (mesh.ca_trust_domains, mesh.trust_domains, problems) == (("b", "c", "e"), ("cluster.local",), [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("caCertificates: a", "1:17 AZ021 caCertificates"),
        ("caCertificates: [a]", "1:18 AZ021 caCertificates[0]"),
        ("caCertificates: [{trustDomain: a}]", "1:19 AZ020 caCertificates[0].trustDomain"),
        ("caCertificates: [{trustDomains: ['']}]", "1:34 AZ025 caCertificates[0].trustDomains[0]"),
    ],
)
def test_what_is_wrong_with_authorities_is_said_at_its_place(content: str, expected: str) -> None:
    assert summaries(read(content)[1]) == [expected]
