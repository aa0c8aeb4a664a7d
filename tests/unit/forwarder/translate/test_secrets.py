"""Secrets of Kubernetes as Envoy is told of them: routing of Istio, SDS."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from authz.forwarder.proxy import MeshFiles
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.sds import MESH_ROOTS, WORKLOAD_CERTIFICATE
from authz.forwarder.translate.secrets import translate_secrets
from authz.model.where import Where
from authz.pb.packing import to_json
from tests.support import xds
from tests.support.gateways import PROXY, view

ORIGIN = Where("gateway.yaml", 7)


def secret(name: str, namespace: str = "istio-system", **data: str) -> str:
    encoded = ", ".join(
        f"{key.replace('_', '.')}: {base64.b64encode(value.encode()).decode()}" for key, value in data.items()
    )
    head = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
    return f"{head}data: {{{encoded}}}\n"


PAIR = {"tls_crt": "CHAIN", "tls_key": "KEY"}


def shown(resource: Resource) -> dict[str, Any]:
    return to_json(resource.message())


def decoded(source: dict[str, str]) -> str:
    return base64.b64decode(source["inline_bytes"]).decode()


def one(name: str, *documents: str) -> tuple[Resource | None, str]:
    listener = xds.listener("l", "r", secrets=[name], origin=ORIGIN)
    ((found, remark),) = translate_secrets(view(*documents), PROXY, [listener])
    assert (found is None) is (remark is not None)
    if remark is not None:
        assert remark.where == ORIGIN
    return found, remark.text if remark else ""


@pytest.mark.parametrize(
    "data", [PAIR, {"cert": "CHAIN", "key": "KEY"}, {**PAIR, "ca_crt": "CA"}, {"cert": "CHAIN", "key": "KEY", **PAIR}]
)
def test_a_key_pair_has_one_of_two_forms(data: dict[str, str]) -> None:
    found, _ = one("kubernetes://a", secret("a", **data))

    assert found is not None
    made = shown(found)
    assert made["name"] == "kubernetes://a"
    assert decoded(made["tls_certificate"]["certificate_chain"]) == "CHAIN"
    assert decoded(made["tls_certificate"]["private_key"]) == "KEY"
    assert "validation_context" not in made


@pytest.mark.parametrize(
    "documents, expected",
    [
        ([secret("a", **PAIR, ca_crt="CA")], "CA"),
        ([secret("a", ca_crt="CA")], "CA"),
        ([secret("a", ca_crt="other", cacert="CA")], "CA"),
        ([secret("a", **PAIR, ca_crt="other"), secret("a-cacert", ca_crt="CA")], "CA"),
    ],
)
def test_authorities_are_of_a_secret_of_their_own_else_of_that_of_the_certificate(
    documents: list[str], expected: str
) -> None:
    found, _ = one("kubernetes://a-cacert", *documents)

    assert found is not None
    made = shown(found)
    assert decoded(made["validation_context"]["trusted_ca"]) == expected
    assert "tls_certificate" not in made


@pytest.mark.parametrize("key", ["crl", "ca_crl"])
def test_a_revocation_list_goes_with_the_authorities(key: str) -> None:
    found, _ = one("kubernetes://a-cacert", secret("a", ca_crt="CA", **{key: "CRL"}))

    assert found is not None
    assert decoded(shown(found)["validation_context"]["crl"]) == "CRL"


@pytest.mark.parametrize(
    "name, documents, why",
    [
        ("kubernetes://a", [], "there is no Secret istio-system/a"),
        ("kubernetes://a", [secret("a", namespace="default", **PAIR)], "there is no Secret istio-system/a"),
        ("kubernetes://default/a", [secret("a", "default", **PAIR)], "of another namespace than the proxy's"),
        ("kubernetes://a", [secret("a", tls_crt="CHAIN")], "Secret istio-system/a has no key pair"),
        ("kubernetes://a", [secret("a", ca_crt="CA")], "Secret istio-system/a has no key pair"),
        ("kubernetes://a-cacert", [], "neither a Secret istio-system/a-cacert nor istio-system/a"),
        ("kubernetes://a-cacert", [secret("a", **PAIR)], "Secret istio-system/a has no authorities"),
        (
            "kubernetes://a-cacert",
            [secret("a-cacert", **PAIR), secret("a", ca_crt="CA")],
            "Secret istio-system/a-cacert has no authorities",
        ),
        ("configmap://ns/a", [], "there is no such secret here"),
    ],
)
def test_what_is_not_there_or_not_what_is_wanted_is_no_secret_and_told_of(
    name: str, documents: list[str], why: str
) -> None:
    found, text = one(name, *documents)

    assert found is None
    assert why in text
    assert text.startswith(f"{name}: ")
    assert text.endswith("; connections that need it are reset")


def test_a_secret_of_the_proxys_namespace_may_say_so() -> None:
    found, _ = one("kubernetes://istio-system/a", secret("a", **PAIR))

    assert found is not None
    assert found.name == "kubernetes://istio-system/a"


def test_files_are_secrets_that_envoy_reads() -> None:
    found, _ = one("file-cert:/c~/k")

    assert found is not None
    assert shown(found)["tls_certificate"]["private_key"] == {"filename": "/k"}


def test_each_name_comes_once_and_in_order_whatever_the_order_of_who_names_it() -> None:
    first = xds.listener("l", "r", secrets=["kubernetes://b", "kubernetes://a"])
    second = xds.listener("m", "r", secrets=["kubernetes://a"])
    mesh = view(secret("a", **PAIR), secret("b", **PAIR))
    names = [
        [found.name for found, _ in translate_secrets(mesh, PROXY, resources) if found is not None]
        for resources in ([first, second], [second, first])
    ]

    assert names == [["kubernetes://a", "kubernetes://b"]] * 2


def test_where_it_is_written_that_a_secret_is_needed_is_more_than_whose_it_is() -> None:
    listener = xds.listener("l", "r", secrets=["kubernetes://a", "kubernetes://b"], origin=ORIGIN)
    found = translate_secrets(view(), PROXY, [listener], {"kubernetes://b": Where("server.yaml", 3)})

    assert [remark.where for _, remark in found if remark is not None] == [ORIGIN, Where("server.yaml", 3)]


def test_no_key_is_shown() -> None:
    found, _ = one("kubernetes://a", secret("a", **PAIR))

    assert "KEY" not in repr(found)


MESH_FILES = MeshFiles("/a~b/chain.pem", "/a~b/key.pem", "/a~b/roots.pem")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            WORKLOAD_CERTIFICATE,
            {
                "tls_certificate": {
                    "certificate_chain": {"filename": "/a~b/chain.pem"},
                    "private_key": {"filename": "/a~b/key.pem"},
                }
            },
        ),
        (MESH_ROOTS, {"validation_context": {"trusted_ca": {"filename": "/a~b/roots.pem"}}}),
    ],
)
def test_what_the_mesh_gives_a_proxy_is_files_that_somebody_provides(name: str, expected: dict[str, Any]) -> None:
    listener = xds.listener("l", "r", secrets=[name], origin=ORIGIN)
    ((found, remark),) = translate_secrets(view(), replace(PROXY, mesh_files=MESH_FILES), [listener])

    assert remark is None
    assert found is not None
    assert shown(found) == {"name": name, **expected}


@pytest.mark.parametrize("name", [WORKLOAD_CERTIFICATE, MESH_ROOTS])
def test_where_nobody_provides_them_it_is_said_how(name: str) -> None:
    found, remark = one(name)

    assert found is None
    assert "--envoy-certificate, --envoy-key, --envoy-root" in remark
