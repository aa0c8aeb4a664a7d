"""What a provider may cost us at most."""

import contextlib
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Limits:
    """`concurrent`: questions to one provider that wait for an answer; more are denied at once.

    `answer_bytes`: a message of gRPC, or a body of HTTP. `hops`: how many authorizers may ask one another in a row.
    """

    concurrent: int = 256
    answer_bytes: int = 1024 * 1024
    header_bytes: int = 64 * 1024
    hops: int = 4
    kept_connections: int = 32
    kept_seconds: float = 60.0


def settle(future: Future[Value], value: Value) -> None:
    """Give a future its value, unless it has been cancelled."""
    with contextlib.suppress(InvalidStateError):
        future.set_result(value)


def patience(timeout_seconds: float, caller_seconds: float | None) -> float:
    """How long to wait: the provider's time-out, or what the caller leaves less the time to answer it.

    A proxy that has waited in vain sees a failed call, and one that is set to fail open lets the request pass.
    """
    if caller_seconds is None:
        return timeout_seconds
    return min(timeout_seconds, caller_seconds - max(0.01, min(0.1, caller_seconds / 10)))
