"""An authorizer that lets everything pass, or nothing, and remembers what it was asked."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc

from authz.pb.auth import CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse
from authz.pb.rpc import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

_PERMISSION_DENIED = 7  # google.rpc.Code


@dataclass(frozen=True)
class Question:
    """One call. `metadata`: of the call itself, only that which begins with `authz-`."""

    request: CheckRequest
    metadata: dict[str, str]


@dataclass
class NotingAuthorizer:
    """Where it listens, and what it was asked. `denies`: everything."""

    port: int = 0
    denies: bool = False
    questions: list[Question] = field(default_factory=list)


@contextlib.contextmanager
def noting_authorizer() -> Iterator[NotingAuthorizer]:
    noted = NotingAuthorizer()

    def check(request: CheckRequest, context: grpc.ServicerContext) -> CheckResponse:
        said = {str(key): str(value) for key, value in context.invocation_metadata() if str(key).startswith("authz-")}
        noted.questions.append(Question(request, said))
        if noted.denies:
            return CheckResponse(status=Status(code=_PERMISSION_DENIED), denied_response=DeniedHttpResponse())
        return CheckResponse(ok_response=OkHttpResponse())

    method = grpc.unary_unary_rpc_method_handler(check, CheckRequest.FromString, CheckResponse.SerializeToString)
    handler = grpc.method_handlers_generic_handler("envoy.service.auth.v3.Authorization", {"Check": method})
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((handler,))
        noted.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield noted
        finally:
            server.stop(grace=None).wait()
