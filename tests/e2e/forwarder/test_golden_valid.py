"""Every golden snapshot is one that Envoy takes, with secrets of each name that it has."""

from __future__ import annotations

import json
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

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

AUTHORITY = Authority()
PAIR = AUTHORITY.issue()


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
def test_envoy_takes_it(case: Path, tmp_path: Path) -> None:
    snapshot = translation_of(case).snapshot
    config = static_configuration(snapshot, PROXY, "127.0.0.1:9191")
    static: Any = config["static_resources"]
    static["secrets"] = secrets(snapshot)
    path = tmp_path / "envoy.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [str(find_envoy()), "--mode", "validate", "-c", str(path), "--log-level", "warning"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
