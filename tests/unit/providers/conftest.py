"""A check door whose CUSTOM policies ask real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authz.model.request import Request
from authz.observability.counters import Counters
from authz.pb import CheckResponse
from authz.providers.clients import Providers
from authz.providers.limits import Limits
from authz.server.check import CheckDoor, InForce, Pending
from tests.support.policies import Document, engine, policy, to
from tests.support.proxy import Form, check_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CUSTOM = policy("c", to(paths=["/admin*"]), action="CUSTOM", provider={"name": "px"})


class Asker:
    """A door, and the counters that it counts with."""

    def __init__(self, mesh: Document, *policies: Document, limits: Limits | None = None) -> None:
        self.providers = Providers(limits)
        decides = engine(CUSTOM, *policies, mesh=mesh)
        in_force = InForce.of(decides, self.providers.connect(decides.view.config.extension_providers))
        self.counters = Counters()
        self.door = CheckDoor(lambda: in_force, self.counters)

    def pending(self, request: Request | bytes | None = None, **options: Any) -> Pending | bytes:
        given = request if isinstance(request, bytes) else check_request(request or Request(path="/admin/1"), Form.RAW)
        return self.door.check(given, options.get("metadata", {}), options.get("seconds", 10.0))

    def ask(self, request: Request | bytes | None = None, **options: Any) -> CheckResponse:
        answer = self.pending(request, **options)
        return CheckResponse.FromString(answer.result() if isinstance(answer, Pending) else answer)


@pytest.fixture
def asker() -> Iterator[Callable[..., Asker]]:
    made: list[Asker] = []

    def make(mesh: Document, *policies: Document, limits: Limits | None = None) -> Asker:
        made.append(Asker(mesh, *policies, limits=limits))
        return made[-1]

    yield make
    for one in made:
        one.providers.close()
