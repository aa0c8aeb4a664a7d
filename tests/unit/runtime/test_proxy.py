"""The proxy that settings describe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from authz.forwarder.proxy import MeshFiles
from authz.forwarder.settings import ForwardSettings
from authz.model.errors import SettingsError
from authz.model.workload import parse_labels
from authz.runtime.proxy import proxy_of_settings

WHOLE = ForwardSettings(envoy_certificate=Path("c.pem"), envoy_key=Path("k.pem"), envoy_root=Path("r.pem"))


def test_a_proxy_is_who_the_settings_say() -> None:
    settings = ForwardSettings(
        namespace="edge",
        labels=parse_labels("istio=ingressgateway"),
        service_account="ingress",
        port_map=((443, 8443),),
        authorizer_timeout_ms=50,
        status_on_error=503,
    )

    made = proxy_of_settings(settings)

    assert (made.namespace, made.labels, made.service_account) == ("edge", settings.labels, "ingress")
    assert made.port_map == ((443, 8443),)
    assert made.authorizer is not None
    assert (made.authorizer.timeout_ms, made.authorizer.status_on_error) == (50, 503)
    assert made.mesh_files is None


def test_nobody_is_asked_where_that_is_meant() -> None:
    assert proxy_of_settings(ForwardSettings(authorizer=None)).authorizer is None


def test_a_certificate_of_its_own_goes_with_a_key_and_authorities() -> None:
    assert proxy_of_settings(WHOLE).mesh_files == MeshFiles("c.pem", "k.pem", "r.pem")


@pytest.mark.parametrize(
    "settings",
    [replace(WHOLE, envoy_certificate=None), replace(WHOLE, envoy_key=None), replace(WHOLE, envoy_root=None)],
)
def test_two_of_the_three_are_a_mistake(settings: ForwardSettings) -> None:
    with pytest.raises(SettingsError, match="all three, or none of them"):
        proxy_of_settings(settings)
