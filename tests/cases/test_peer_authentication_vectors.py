"""The decisions of `tests/data/peer-authentication-vectors.yaml`, as far as an authorizer sees the connection.

`connection-rejected` is a denial here: a listener that takes such a connection all the same is not to be relied on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from authz import Denied, PolicyError, Request, Workload
from authz.model.settings import DecidingSettings, PeerSettings
from tests.support.certificates import certificate
from tests.support.policies import authorizer
from tests.support.proxy import ask

Row = dict[str, Any]

FILE = Path(__file__).parents[1] / "data" / "peer-authentication-vectors.yaml"
DECISIONS, VALIDATION = yaml.safe_load_all(FILE.read_text())

# The ALPN of a handshake is the listener's to look at; a CheckRequest has nothing of it.
OF_THE_LISTENER = [
    row for row in DECISIONS if "alpn" in row["request"].get("source", {}) and "principal" in row["request"]["source"]
]
# What validation refuses never decides.
REFUSED = [row for row in DECISIONS if row["name"] == "namespace-policy-port-level-ignored"]
DECIDABLE = [row for row in DECISIONS if row not in OF_THE_LISTENER and row not in REFUSED]


def name(row: Row) -> str:
    return str(row["name"])


def decides_by(row: Row) -> Any:
    mesh = dict(row.get("mesh", {}))
    skips = mesh.pop("skipValidateTrustDomain", False)
    documents = [{"apiVersion": "security.istio.io/v1", **written} for written in row["policies"]]
    settings = DecidingSettings(peers=PeerSettings(skip_validate_trust_domain=skips))
    return authorizer(*documents, mesh=mesh, workload=None, settings=settings)


def requested(row: Row) -> Request:
    peer, local = row["request"].get("source", {}), row["request"].get("destination", {})
    uri, dns = peer.get("principal", ""), peer.get("dnsSan", "")
    return Request(
        host="svc.foo",
        source_ip="127.0.0.1",
        destination_ip="127.0.0.1",
        destination_port=local.get("port", 8080),
        principal=uri or dns,
        certificate=certificate(uris=(uri,) if uri else (), names=(dns,) if dns else ()) if uri or dns else "",
        workload=Workload("foo", frozenset({("app", "httpbin")})),
    )


def test_no_row_is_lost() -> None:
    assert [name(row) for row in OF_THE_LISTENER] == ["permissive-tls-without-istio-alpn-on-http-port"]
    assert (len(DECISIONS), len(DECIDABLE), len(REFUSED), len(VALIDATION)) == (41, 39, 1, 9)


@pytest.mark.parametrize("row", DECIDABLE, ids=name)
def test_a_connection_is_decided_as_recorded(row: Row) -> None:
    decides, request = decides_by(row), requested(row)
    decision = decides.check(request)

    assert isinstance(decision, Denied) is (row["expect"] == "connection-rejected"), decision
    assert decides.explain(request).decision == decision
    assert ask(decides, request).allowed is (row["expect"] == "allow")


@pytest.mark.parametrize("row", DECIDABLE, ids=name)
def test_the_mode_is_the_recorded_one(row: Row) -> None:
    found = decides_by(row).explain(requested(row)).mtls

    assert (found.mode.value if found else "PERMISSIVE") == row["mode"]


@pytest.mark.parametrize("row", [*VALIDATION, *[{**row, "expect": "reject"} for row in REFUSED]], ids=name)
def test_a_policy_is_refused_or_not_as_recorded(row: Row) -> None:
    if row["expect"] == "accept":
        decides_by(row)
    else:
        with pytest.raises(PolicyError):
            decides_by(row)
