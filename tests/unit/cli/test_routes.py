from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from authz.cli.main import main

MESH = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 80, name: http, protocol: HTTP}
      hosts: [a.com]
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: [b.com]
      tls: {mode: SIMPLE, credentialName: cert}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: istio-system}
spec:
  hosts: [a.com]
  gateways: [g]
  http:
    - match: [{uri: {prefix: /one}, method: {exact: GET}}]
      route: [{destination: {host: a.test}}]
    - match: [{uri: {exact: /two}}]
      route:
        - destination: {host: a.test, subset: v1}
          weight: 80
        - destination: {host: a.test, subset: nope}
          weight: 20
    - match: [{uri: {regex: '/three.*'}}]
      redirect: {uri: /four}
    - match: [{queryParams: {q: {prefix: a}}}]
      directResponse: {status: 418}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec: {host: a.test, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec:
  hosts: [a.test]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
  endpoints: [{address: 10.0.0.9, labels: {version: v1}}]
"""
TABLE = """\
0.0.0.0:443  TLS
  Gateway istio-system/g server https (HTTPS, SIMPLE) for b.com  mesh.yaml:9:7
    *
      no routes: 404
0.0.0.0:8080 (80 in the Gateway)  plain HTTP
  Gateway istio-system/g server http (HTTP) for a.com  mesh.yaml:7:7
    a.com
      /one*, :method: GET  ->  outbound|80||a.test  mesh.yaml:20:15
      /two  ->  80 % outbound|80|v1|a.test, 20 % outbound|80|nope|a.test  (no such cluster: 503)  mesh.yaml:22:15
      ~/three.*  ->  redirect to /four  mesh.yaml:28:15
      /*, ?q=a*  ->  answers 418  mesh.yaml:30:15

not as it is written:
  mesh.yaml:9:7: kubernetes://cert: there is no Secret istio-system/cert; connections that need it are reset
"""
PROXY = ["--labels", "istio=ingressgateway"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mesh.yaml").write_text(MESH)


def test_the_table_has_every_port_host_and_route_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "mesh.yaml", *PROXY, "--port-map", "80=8080"]) == 0

    out = capsys.readouterr().out
    assert out.startswith(TABLE)
    assert "no DestinationRule has a subset 'nope' of 'a.test'" in out.removeprefix(TABLE)


@pytest.mark.parametrize(
    "flags, status, words",
    [
        (["--host", "a.com", "--path", "/one/x"], 0, ["route     /one*, :method: GET  (1 of 4)", "10.0.0.9:8080"]),
        (
            ["--host", "a.com", "--path", "/two"],
            0,
            ["outbound|80|nope|a.test: there is none, so 503"],
        ),
        (["--host", "a.com", "--path", "/?q=ab"], 0, ["action    answers 418", "(4 of 4)"]),
        (
            ["--host", "a.com", "--path", "/one", "--method", "PUT"],
            2,
            ["404: the virtual host has no route", "tried     4"],
        ),
        (["--host", "c.com", "--port", "80"], 2, ["404: no virtual host has this host"]),
        (["--host", "a.com", "--port", "81"], 2, ["connection refused"]),
        (["--host", "b.com", "--port", "443", "--sni", "x"], 2, ["connection reset"]),
    ],
)
def test_one_request(flags: list[str], status: int, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "mesh.yaml", *PROXY, *flags]) == status

    out = capsys.readouterr().out
    assert all(word in out for word in words), out


def test_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "mesh.yaml", *PROXY, "--output", "json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [one["port"] for one in table["listeners"]] == [80, 443]
    assert [one["match"] for one in table["route_configs"][0]["hosts"][0]["routes"]][:2] == [
        "/one*, :method: GET",
        "/two",
    ]
    assert len(table["remarks"]) == 2

    assert main(["routes", "mesh.yaml", *PROXY, "--output", "json", "--host", "a.com", "--path", "/two"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], [one["exists"] for one in found["clusters"]]) == ("routed", [True, False])
    assert found["route"]["line"] == 22


def test_envoys_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "mesh.yaml", *PROXY, "--output", "envoy"]) == 0

    made = yaml.safe_load(capsys.readouterr().out)
    static = made["static_resources"]
    assert [one["name"] for one in static["listeners"]] == ["0.0.0.0_443", "0.0.0.0_80"]
    assert "authz" in [one["name"] for one in static["clusters"]]


def test_problems_are_told_and_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mesh.yaml").write_text(MESH.replace("prefix: /one", "prefx: /one"))

    assert main(["routes", "mesh.yaml", *PROXY]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("mesh.yaml:20:")


def test_without_a_path_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", *PROXY]) == 1
    assert "PATH: say where Gateways and VirtualServices are" in capsys.readouterr().err


def test_an_empty_directory_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["routes", "empty"]) == 1
    assert "AZ007" in capsys.readouterr().err


def test_a_proxy_that_nobody_selects_listens_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "mesh.yaml"]) == 0
    assert "no Gateway selects this proxy" in capsys.readouterr().out
