"""The CUSTOM rows of `tests/data/authorization-policy-vectors.yaml`, with a real provider of each kind."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from authz.authorizer import Authorizer
from authz.model.request import Request
from authz.observability.counters import Counters
from authz.pb import CheckResponse
from authz.providers.clients import Providers
from authz.server.check import CheckDoor, InForce, Pending
from tests.cases.test_vectors import CUSTOM, documents
from tests.support.policies import engine
from tests.support.providers import GrpcProvider, HttpProvider, grpc_provider, http_provider, mesh_of, response
from tests.support.proxy import check_request

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]


@contextlib.contextmanager
def provider(kind: str, says: object) -> Iterator[GrpcProvider | HttpProvider]:
    status = {"allow": 200, "deny": 403}[says] if isinstance(says, str) else says["status"]  # type: ignore[index]
    if kind == "Http":
        with http_provider(status=status) as http:
            yield http
    else:
        denied = response(status={"code": 7}, denied_response={"status": {"code": status}})
        with grpc_provider(answer=lambda _: b"" if status == 200 else denied) as grpc:
            yield grpc


@pytest.mark.parametrize("kind", ["Grpc", "Http"])
@pytest.mark.parametrize("row", CUSTOM, ids=lambda row: str(row["name"]))
def test_a_real_provider_decides_as_recorded(row: Row, kind: str) -> None:
    says = row["providers"]["px"]
    with contextlib.ExitStack() as stack:
        asked = stack.enter_context(provider(kind, says)) if says != "undefined" else None
        decides = engine(*documents(row), mesh=mesh_of(kind, asked.port) if asked else {})
        providers = Providers()
        stack.callback(providers.close)
        in_force = InForce.of(decides, providers.connect(decides.view.config.extension_providers))
        door = CheckDoor(lambda: in_force, Counters())
        answer = door.check(check_request(Request(path=row["request"]["path"])), {}, 10.0)
        found = CheckResponse.FromString(answer.result() if isinstance(answer, Pending) else answer)

    wanted = {"allow": 0, "deny": 403}.get(row["expect"]) if not row["expect"].isdigit() else int(row["expect"])
    assert (found.status.code == 0) is (row["expect"] == "allow")
    assert found.denied_response.status.code == wanted
    assert bool(asked and asked.asked) is (isinstance(answer, Pending))


def test_the_library_asks_nobody_and_denies() -> None:
    with grpc_provider() as asked:
        row = next(row for row in CUSTOM if row["name"] == "custom-match-provider-allows")
        decides = Authorizer(engine(*documents(row), mesh=mesh_of("Grpc", asked.port)))
        answer = CheckResponse.FromString(decides.check_bytes(check_request(Request(path="/admin/1"))))

    assert (answer.status.code, asked.asked) == (7, [])
