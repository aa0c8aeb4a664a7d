"""The routing in force: one translation for our own Envoy, however it asks."""

import gc
from pathlib import Path

import pytest

from authz.config import read_settings
from authz.forwarder.bootstrap import node_of
from authz.observability.counters import Counters
from authz.runtime.proxy import proxy_of_settings
from authz.runtime.routing import LiveRouting

GATEWAY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*.example.com"]}]
"""


@pytest.fixture
def routing(tmp_path: Path) -> LiveRouting:
    (tmp_path / "mesh").mkdir()
    (tmp_path / "mesh" / "gateway.yaml").write_text(GATEWAY)
    settings = tmp_path / "authz.yaml"
    settings.write_text("policies: mesh\nforward: {labels: istio=ingressgateway, serviceAccount: gateway}\n")
    return LiveRouting(lambda: read_settings(settings), Counters())


def test_our_own_envoy_gets_the_very_translation_that_is_there_already(routing: LiveRouting) -> None:
    node = node_of(proxy_of_settings(routing._settings.forward))

    assert routing.snapshot_for(node) is routing.own().snapshot


def test_nothing_is_searched_for_cycles_while_a_set_is_taken(
    routing: LiveRouting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching = []

    def put_in_force(_loaded: object) -> tuple[str, int]:
        searching.append(gc.isenabled())
        return "", 0

    monkeypatch.setattr(routing, "_put_in_force", put_in_force)
    (tmp_path / "mesh" / "gateway.yaml").write_text(GATEWAY.replace("80", "8080"))

    routing.look()

    assert searching == [False]
    assert gc.isenabled()
