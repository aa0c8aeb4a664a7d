"""The check door on grpcio's public server: the transport that is always there."""

import contextlib
import os
import socket
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import grpc
from google.protobuf.message import DecodeError

from authz.model.decision import Reason
from authz.model.errors import ListenError
from authz.server import check, health
from authz.server.check import Pending
from authz.server.health import HealthDoor, UnknownServiceError
from authz.server.transport.threads import CheckThreads, TooManyWaitingError
from authz.server.transport.tls import Gate, ServerTls, TlsSettings, server_credentials

Check = Callable[[bytes, Mapping[str, str], float | None], bytes | Pending]


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """`listen`: `HOST:PORT` or `unix:PATH`. Limits: what an honest proxy stays far below.

    A message beyond `message_bytes` is refused by gRPC itself, before we see it: the proxy counts that as an error.
    `threads` decide; at most `waiting` more calls wait for a CUSTOM provider, and what is beyond is denied.
    """

    listen: str = "127.0.0.1:9191"
    threads: int = 4
    waiting: int = 1024
    message_bytes: int = 4 * 1024 * 1024
    metadata_bytes: int = 16 * 1024
    concurrent_streams: int = 1000
    tls: TlsSettings = field(default_factory=TlsSettings)


class GrpcioServer:
    """Serves Check and unary health; every other method is UNIMPLEMENTED. Without `tls` in plain text."""

    def __init__(
        self, check_door: Check, health_door: HealthDoor, settings: TransportSettings, tls: ServerTls | None = None
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._health = health_door
        self._threads = CheckThreads(settings.threads, settings.waiting)
        self._server = grpc.server(
            self._threads,
            handlers=[_Handlers(check_door, health_door, tls.gate if tls else None, self._threads)],
            options=[
                ("grpc.max_receive_message_length", settings.message_bytes),
                ("grpc.max_metadata_size", settings.metadata_bytes),
                ("grpc.absolute_max_metadata_size", 2 * settings.metadata_bytes),
                ("grpc.max_concurrent_streams", settings.concurrent_streams),
                ("grpc.http2.max_ping_strikes", 2),
                ("grpc.so_reuseport", 0),
            ],
        )
        self.address = self._bind(settings.listen)

    def _bind(self, listen: str) -> str:
        if listen.startswith("unix:"):
            _remove_stale_socket(listen.removeprefix("unix:"))
        try:
            if self._tls is None:
                port = self._server.add_insecure_port(listen)
            else:
                port = self._server.add_secure_port(listen, server_credentials(self._tls))
        except RuntimeError as error:
            raise ListenError(f"cannot listen on {listen}: {_reason(listen, error)}") from None
        if listen.startswith("unix:"):
            return listen
        return f"{listen.rpartition(':')[0]}:{port}"

    def start(self) -> None:
        """Take calls."""
        self._server.start()

    def drain(self, grace_seconds: float) -> None:
        """Take no new call; end when those in flight have, or after the grace."""
        self._health.drain()
        self._server.stop(grace_seconds).wait()
        self._threads.shutdown()
        if self.address.startswith("unix:"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.address.removeprefix("unix:"))  # noqa: PTH108 - a socket, by its own name


def _reason(listen: str, error: RuntimeError) -> str:
    if "bind" not in str(error):
        return str(error)
    if listen.startswith("unix:"):
        return "its directory is missing or not ours to write, or the path is too long"
    return "the address is in use or not of this machine"


def _remove_stale_socket(path: str) -> None:
    """A socket that a dead server left would keep us from binding; a file of another kind is not ours to remove."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ListenError(f"cannot listen on unix:{path}: {error.strerror or error}") from None
    if not stat.S_ISSOCK(mode):
        raise ListenError(f"cannot listen on unix:{path}: it is a file that is no socket")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)  # noqa: PTH108
            return
        except OSError as error:
            raise ListenError(f"cannot listen on unix:{path}: {error.strerror or error}") from None
    raise ListenError(f"cannot listen on unix:{path}: the address is in use")


def _wait(pending: Pending, threads: CheckThreads, context: grpc.ServicerContext) -> bytes:
    """Wait for a provider, while another thread does our work; no longer than the caller does."""
    try:
        with threads.waiting():
            if not context.add_callback(pending.cancel):  # called when the call ends, however it does
                pending.cancel()
            return pending.result()
    except TooManyWaitingError:
        return pending.give_up(Reason.CUSTOM_OVERLOADED, "too many calls wait for providers already")


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc] # grpcio ships no types
    """Methods by name; requests and answers stay bytes."""

    def __init__(self, check_door: Check, health_door: HealthDoor, gate: Gate | None, threads: CheckThreads) -> None:
        def answer_check(request: bytes, context: grpc.ServicerContext) -> bytes:
            if gate is not None and (why := gate.peers.refusal(context.auth_context())) is not None:
                return gate.refuse(why)
            metadata = {key: value for key, value in context.invocation_metadata() if key.startswith("authz-")}
            answer = check_door(request, metadata, context.time_remaining())
            return _wait(answer, threads, context) if isinstance(answer, Pending) else answer

        def answer_health(request: bytes, context: grpc.ServicerContext) -> bytes:
            if gate is not None and (why := gate.peers.refusal(context.auth_context())) is not None:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, why)
            try:
                return health_door.check(request)
            except UnknownServiceError as error:
                context.abort(grpc.StatusCode.NOT_FOUND, f"unknown service {error}")
            except DecodeError:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not a HealthCheckRequest")
            return b""  # abort raises

        self._methods = {
            check.METHOD: grpc.unary_unary_rpc_method_handler(answer_check),
            health.METHOD: grpc.unary_unary_rpc_method_handler(answer_health),
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """None: UNIMPLEMENTED."""
        return self._methods.get(handler_call_details.method)
