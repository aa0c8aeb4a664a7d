"""A gRPC provider: `envoy.service.auth.v3.Authorization/Check` over one channel, whose connections are kept."""

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

import grpc

from authz.model.custom import ProviderAnswer
from authz.providers.answer import Failed, RefusedError, read_check_response, refusal
from authz.providers.limits import Limits, settle

_METHOD = "/envoy.service.auth.v3.Authorization/Check"


class GrpcClient:
    """Asks without blocking: answers come on threads of grpc. `authority`: the name that the provider is called by."""

    def __init__(self, address: str, authority: str, limits: Limits) -> None:
        options = [
            ("grpc.default_authority", authority),
            ("grpc.enable_http_proxy", 0),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.use_local_subchannel_pool", 1),  # a provider's connection is nobody else's
            ("grpc.max_receive_message_length", limits.answer_bytes),
            ("grpc.max_metadata_size", limits.header_bytes),
            ("grpc.absolute_max_metadata_size", 2 * limits.header_bytes),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ]
        self._channel = grpc.insecure_channel(f"dns:///{address}", options=options)
        self._check = self._channel.unary_unary(_METHOD)

    def ask(
        self, request: bytes, metadata: Sequence[tuple[str, str]], seconds: float
    ) -> Future[ProviderAnswer | Failed]:
        """Ask; the future has an answer after `seconds` at the latest. To cancel it is to hang up."""
        answer: Future[ProviderAnswer | Failed] = Future()
        call = self._check.future(request, timeout=seconds, metadata=metadata)
        answer.add_done_callback(partial(_hang_up, call))
        call.add_done_callback(lambda call: settle(answer, _read(call)))
        return answer

    def close(self) -> None:
        """Close the connections; what is in flight is cancelled."""
        self._channel.close()


def _hang_up(call: grpc.Future, answer: Future[ProviderAnswer | Failed]) -> None:
    if answer.cancelled():
        call.cancel()


def _read(call: grpc.Future) -> ProviderAnswer | Failed:
    code = call.code()
    if code is grpc.StatusCode.OK:
        return read_check_response(call.result())
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:  # a client may have brought it about, by what the answer repeats
        return refusal(RefusedError(call.details() or "it is too large"))
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Failed("it did not answer in time")
    return Failed(f"{code.name}: {call.details()}"[:300])
