"""Which requests are tried again, as Envoy has it.

Source: istio/istio pilot/pkg/networking/core/route/retry/retry.go, ConvertPolicy.
"""

from functools import cache

from authz.forwarder.translate.wrapped import as_duration, as_uint32
from authz.model.routing.http_route import Retries
from authz.pb.packing import pack
from authz.pb.previous_hosts import PreviousHostsPredicate
from authz.pb.previous_priorities import PreviousPrioritiesConfig
from authz.pb.route import RetryPolicy

DEFAULT_ATTEMPTS = 2
DEFAULT_CONDITIONS = ("connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes")
_BY_STATUS = "retriable-status-codes"
_HOST_ATTEMPTS = 5
_UPDATE_FREQUENCY = 2
_DEFAULT = Retries(DEFAULT_ATTEMPTS)


def retry_policy(retries: Retries | None, default: Retries | None = None, *, is_hashed: bool) -> RetryPolicy | None:
    """The policy of a route; None: nothing is tried again. INVARIANT: nobody changes it, others may have the same.

    `default`: the mesh's, for a route that says nothing; None: Istio's. `is_hashed`: a consistent hash picks the host,
    and goes on picking the same one.
    """
    wanted = retries or default or _DEFAULT
    return _policy(wanted, is_hashed) if wanted.attempts > 0 else None


@cache
def _policy(retries: Retries, is_hashed: bool) -> RetryPolicy:  # noqa: FBT001 - a key of the cache
    """Most routes have one of few policies."""
    made = RetryPolicy(
        num_retries=as_uint32(retries.attempts),
        retry_on=",".join(_conditions(retries)),
        retriable_status_codes=retries.status_codes,
        host_selection_retry_max_attempts=_HOST_ATTEMPTS,
    )
    ignores_previous = not is_hashed if retries.ignore_previous_hosts is None else retries.ignore_previous_hosts
    if ignores_previous:
        made.retry_host_predicate.append(_previous_hosts())
    if retries.per_try_timeout is not None:
        made.per_try_timeout.CopyFrom(as_duration(retries.per_try_timeout))
    if retries.retry_remote_localities:
        made.retry_priority.CopyFrom(_previous_priorities())
    if retries.backoff is not None:
        made.retry_back_off.base_interval.CopyFrom(as_duration(retries.backoff))
    return made


def _conditions(retries: Retries) -> tuple[str, ...]:
    """Status codes count only with a condition of their own."""
    if not retries.conditions and not retries.status_codes:
        return DEFAULT_CONDITIONS
    needs_condition = retries.status_codes and _BY_STATUS not in retries.conditions
    return (*retries.conditions, _BY_STATUS) if needs_condition else retries.conditions


def _previous_hosts() -> RetryPolicy.RetryHostPredicate:
    return RetryPolicy.RetryHostPredicate(
        name="envoy.retry_host_predicates.previous_hosts", typed_config=pack(PreviousHostsPredicate())
    )


def _previous_priorities() -> RetryPolicy.RetryPriority:
    config = PreviousPrioritiesConfig(update_frequency=_UPDATE_FREQUENCY)
    return RetryPolicy.RetryPriority(name="envoy.retry_priorities.previous_priorities", typed_config=pack(config))
