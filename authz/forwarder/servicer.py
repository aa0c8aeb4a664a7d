"""The aggregated discovery service over gRPC: carries bytes between Envoys and their streams.

Each Envoy has one stream (`ads.py`) and one thread that owns it: requests, and
the word that there is another model, wait in its inbox, and what is to be sent
is sent before the next is looked at. So responses have one order, and an Envoy
that reads slowly gets the newest model and not every one.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from authz.forwarder.ads import DeltaStream, Event, Nacked, Request, Response, SnapshotFor, SotwStream, Stream
from authz.forwarder.inbox import Inbox, Word
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.stream_status import StreamStatus
from authz.model.address import is_loopback
from authz.model.errors import ListenError, SettingsError
from authz.pb.core import Node
from authz.pb.discovery import DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse

SERVICE = "/envoy.service.discovery.v3.AggregatedDiscoveryService"
SOTW_METHOD = f"{SERVICE}/StreamAggregatedResources"
DELTA_METHOD = f"{SERVICE}/DeltaAggregatedResources"

_log = logging.getLogger(__name__)
_INBOX = 64
_REMEMBERED = 16

Observe = Callable[[Node, Event], None]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class AdsSettings:
    """`listen`: `HOST:PORT` or `unix:PATH`. `insecure`: listening beyond this machine without TLS is meant.

    `streams`: at most so many Envoys at a time; others are told RESOURCE_EXHAUSTED, and try again by themselves.
    `patience_s`: how long an Envoy may say nothing before we wait no longer for its clusters to get warm; more than the
    15 s after which it gives up waiting itself. `request_bytes`: the greatest request, which names all that Envoy has.
    """

    listen: str = "127.0.0.1:0"
    insecure: bool = False
    streams: int = 64
    patience_s: float = 20.0
    request_bytes: int = 16 * 1024 * 1024


class AdsServer:
    """Serves every Envoy the snapshot for its node.

    `snapshot_for` and `observe` are called on the threads of the streams. `credentials`: TLS with client certificates,
    without which nobody beyond this machine is served. Raises SettingsError, or ListenError.
    """

    def __init__(
        self,
        snapshot_for: SnapshotFor,
        settings: AdsSettings | None = None,
        credentials: grpc.ServerCredentials | None = None,
        observe: Observe = lambda _node, _event: None,
        now: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._snapshot_for = snapshot_for
        self._settings = settings or AdsSettings()
        self._observe = observe
        self._now = now
        self._lock = threading.Lock()
        self._connections: list[_Door] = []
        self._left: dict[str, StreamStatus] = {}  # Envoys that are not connected, by node, latest last
        self._recent: deque[Snapshot] = deque(maxlen=_REMEMBERED)
        self._server = grpc.server(
            ThreadPoolExecutor(self._settings.streams + 1, thread_name_prefix="ads"),
            handlers=[_Handlers(self._serve_sotw, self._serve_delta)],
            maximum_concurrent_rpcs=self._settings.streams,
            options=[
                ("grpc.max_receive_message_length", self._settings.request_bytes),
                ("grpc.so_reuseport", 0),
                ("grpc.keepalive_time_ms", 30_000),  # an Envoy whose machine is gone says no more, and holds a stream
                ("grpc.keepalive_timeout_ms", 20_000),
            ],
        )
        self.address = self._bind(self._settings, credentials)

    def _bind(self, settings: AdsSettings, credentials: grpc.ServerCredentials | None) -> str:
        listen = settings.listen
        if credentials is None and not settings.insecure and not is_loopback(listen):
            raise SettingsError(
                f"{listen} can be reached from other machines, and whoever asks is told private keys: it takes TLS "
                "with client certificates, or the word that this is meant"
            )
        try:
            if credentials is None:
                port = self._server.add_insecure_port(listen)
            else:
                port = self._server.add_secure_port(listen, credentials)
        except RuntimeError as error:
            raise ListenError(f"cannot listen on {listen}: {error}") from None
        return listen if listen.startswith("unix:") else f"{listen.rpartition(':')[0]}:{port}"

    def start(self) -> None:
        """Take Envoys."""
        self._server.start()

    def publish(self) -> None:
        """Ask for each Envoy's snapshot again, and send it what changed. Returns at once; from any thread."""
        for connection in self._connected():
            connection.inbox.wake()

    def stop(self, grace_s: float = 1.0) -> None:
        """End every stream. The Envoys go on with what they have."""
        stopped = self._server.stop(grace_s)
        for connection in self._connected():
            connection.inbox.end()
        stopped.wait()

    def statuses(self) -> tuple[StreamStatus, ...]:
        """How every Envoy is doing that is connected, and the last ones that were; by node."""
        with self._lock:
            here = [one.status for one in self._connections]
            nodes = {one.node for one in here}
            gone = [one for node, one in self._left.items() if node not in nodes]
        return tuple(sorted((*here, *gone), key=lambda one: (one.node, one.since)))

    def _serve_sotw(self, requests: Iterable[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        stream = SotwStream(self._snapshot, self._recently)
        yield from self._serve(
            _Connection("sotw", stream, DiscoveryRequest, self._snapshot, self._now), requests, context
        )

    def _serve_delta(self, requests: Iterable[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        stream = DeltaStream(self._snapshot, self._recently)
        yield from self._serve(
            _Connection("delta", stream, DeltaDiscoveryRequest, self._snapshot, self._now), requests, context
        )

    def _serve(self, connection: "_Door", requests: Iterable[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Serve one stream until it ends."""
        with self._lock:
            self._connections.append(connection)
        context.add_callback(connection.inbox.end)
        threading.Thread(target=_read, args=(requests, connection.inbox), name="ads-reader", daemon=True).start()
        try:
            yield from connection.responses(self._settings.patience_s, self._observe)
        except DecodeError:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not a discovery request")
        except Exception:  # noqa: BLE001 - the edge: a mistake of ours ends the stream, and Envoy goes on as it was
            _log.exception("the stream of %s ends", connection.status.node or "an Envoy")
            context.abort(grpc.StatusCode.INTERNAL, "authz has failed; its log says how")
        finally:
            self._leave(connection)

    def _snapshot(self, node: Node) -> Snapshot | None:
        snapshot = self._snapshot_for(node)
        if snapshot is not None:
            with self._lock:
                if snapshot in self._recent:
                    self._recent.remove(snapshot)
                self._recent.appendleft(snapshot)
        return snapshot

    def _recently(self) -> tuple[Snapshot, ...]:
        with self._lock:
            return tuple(self._recent)

    def _connected(self) -> list["_Door"]:
        with self._lock:
            return list(self._connections)

    def _leave(self, connection: "_Door") -> None:
        connection.inbox.end()
        status = replace(connection.status, left_at=self._now())
        with self._lock:
            self._connections.remove(connection)
            self._left.pop(status.node, None)
            self._left[status.node] = status
            if len(self._left) > self._settings.streams:
                del self._left[next(iter(self._left))]


class _Connection(Generic[Request, Response]):
    """A stream, its inbox, and how it is doing. `status` is replaced by the thread that runs `responses`."""

    def __init__(
        self,
        protocol: str,
        stream: Stream[Request, Response],
        request: type[Request],
        snapshot_for: SnapshotFor,
        now: Clock,
    ) -> None:
        self.inbox = Inbox(_INBOX)
        self.status = StreamStatus("", protocol, now())
        self._stream: Stream[Request, Response] = stream
        self._request: type[Request] = request
        self._snapshot_for = snapshot_for
        self._now = now

    def responses(self, patience_s: float, observe: Observe) -> Iterator[bytes]:
        """Give what is to be sent, until the inbox says that it is over. Raises DecodeError for what is no request."""
        while (word := self.inbox.take(patience_s)) is not Word.OVER:
            responses = self._answer(word, observe)
            stream = self._stream
            self.status = self.status.now(stream.version, in_sync=stream.in_sync, refusing=stream.refusing)
            for response in responses:
                yield response.SerializeToString()

    def _answer(self, word: bytes | Word, observe: Observe) -> list[Response]:
        if isinstance(word, bytes):
            return self._receive(self._request.FromString(word), observe)
        if word is Word.NOTHING:
            return self._stream.go_on()
        node = self._stream.node
        snapshot = self._snapshot_for(node) if node is not None else None
        return self._stream.publish(snapshot) if snapshot is not None else []

    def _receive(self, request: Request, observe: Observe) -> list[Response]:
        responses, events = self._stream.receive(request)
        node = self._stream.node or Node()
        status = replace(self.status, node=node.id)
        for event in events:
            if isinstance(event, Nacked):
                _warn(node, event)
            status = status.seen(event, self._now())
            observe(node, event)
        self.status = status
        return responses


_Door: TypeAlias = (
    _Connection[DiscoveryRequest, DiscoveryResponse] | _Connection[DeltaDiscoveryRequest, DeltaDiscoveryResponse]
)


def _warn(node: Node, event: Nacked) -> None:
    at_fault = ", ".join(f"{one.name} ({one.origin})" if one.origin else one.name for one in event.at_fault)
    _log.warning("%s refuses %s: %s: %s", node.id, event.type_url.name.lower(), at_fault, event.message)


def _read(requests: Iterable[bytes], inbox: Inbox) -> None:
    """Bring requests to the inbox until there are no more."""
    try:
        for request in requests:
            if not inbox.put(request):
                return
    except grpc.RpcError:
        pass  # the call ended
    finally:
        inbox.end()


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc] # grpcio ships no types
    """Methods by name; requests and responses stay bytes."""

    def __init__(self, sotw: object, delta: object) -> None:
        self._methods = {
            SOTW_METHOD: grpc.stream_stream_rpc_method_handler(sotw),
            DELTA_METHOD: grpc.stream_stream_rpc_method_handler(delta),
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """None: UNIMPLEMENTED."""
        return self._methods.get(handler_call_details.method)
