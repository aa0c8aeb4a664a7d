"""Every golden snapshot is one that Envoy takes without a word, with secrets of each name that it has."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.static import static_configuration
from authz.forwarder.supervisor import find_envoy
from authz.forwarder.translate.sds import CA_SUFFIX, FILE_ROOTS, MESH_ROOTS
from tests.support.golden import CASES, PROXY, translation_of
from tests.support.pki import Authority
from tests.support.svids import TrustDomain, pem_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

AUTHORITY = Authority()
PAIR = AUTHORITY.issue()
REVOKED = "/etc/revoked.crl"  # the one file of the cases that is read with the listener, and not by a secret of its own
KEPT = {
    f"envoy.config.{name}"
    for name in (
        "cluster.v3.Cluster.dns_jitter",
        "cluster.v3.Cluster.dns_refresh_rate",
        "cluster.v3.Cluster.respect_dns_ttl",
        "route.v3.RouteAction.max_grpc_timeout",
    )
}
"""Fields that Envoy would like to lose, and that Istio sets. The limit that is to replace `max_grpc_timeout` counts
from the start of a stream; a type of cluster that is to replace the others is none of those that people know."""

_DEPRECATED = re.compile(r"\[warning\].*Using deprecated option '([^']+)'")


def secrets(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One of each name that is there or is missing: those of the cases are no certificates."""
    missing = {one.missing.name for one in snapshot.dangling_references() if one.missing.type_url is TypeUrl.SECRET}
    return [secret(name) for name in sorted({*missing, *snapshot.of_type(TypeUrl.SECRET)})]


def secret(name: str) -> dict[str, Any]:
    if name == MESH_ROOTS or name.startswith(FILE_ROOTS) or name.endswith(CA_SUFFIX):
        return {"name": name, "validation_context": {"trusted_ca": {"inline_string": AUTHORITY.certificate.decode()}}}
    pair = {
        "certificate_chain": {"inline_string": PAIR.certificate.decode()},
        "private_key": {"inline_string": PAIR.key.decode()},
    }
    return {"name": name, "tls_certificate": pair}


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_envoy_takes_it_without_a_word(case: Path, tmp_path: Path) -> None:
    snapshot = translation_of(case).snapshot
    config = static_configuration(snapshot, PROXY, "127.0.0.1:9191")
    static: Any = config["static_resources"]
    static["secrets"] = secrets(snapshot)
    revoked = tmp_path / "revoked.crl"
    revoked.write_bytes(pem_of(TrustDomain().revoke()))
    path = tmp_path / "envoy.json"
    path.write_text(json.dumps(config).replace(f'"{REVOKED}"', json.dumps(str(revoked))), encoding="utf-8")

    command = [str(find_envoy()), "--mode", "validate", "-c", str(path), "--log-level", "warning"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if not is_kept(line)]
    assert told == []


def is_kept(line: str) -> bool:
    deprecated = _DEPRECATED.search(line)
    return deprecated is not None and deprecated[1] in KEPT
