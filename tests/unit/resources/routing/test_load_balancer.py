from datetime import timedelta

import pytest

from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.traffic_policy import (
    ConsistentHash,
    HashCookie,
    HashHeader,
    HashKey,
    HashQueryParameter,
    HashSourceIp,
    LoadBalancer,
    Maglev,
    RingHash,
    SimpleBalancing,
    Warmup,
)
from authz.resources.routing.load_balancer import _is_prime
from tests.support.reading import resources
from tests.support.routing import document, read


def load_balancer(text: str) -> LoadBalancer:
    found = read(DestinationRule, document("DestinationRule", f"{{host: a, trafficPolicy: {{loadBalancer: {text}}}}}"))
    assert found.traffic_policy is not None
    assert found.traffic_policy.load_balancer is not None
    return found.traffic_policy.load_balancer


def consistent_hash(text: str) -> ConsistentHash:
    found = load_balancer(f"{{consistentHash: {text}}}").policy
    assert isinstance(found, ConsistentHash)
    return found


@pytest.mark.parametrize(
    ("word", "policy"),
    [
        ("UNSPECIFIED", SimpleBalancing.LEAST_REQUEST),
        ("LEAST_CONN", SimpleBalancing.LEAST_REQUEST),
        ("LEAST_REQUEST", SimpleBalancing.LEAST_REQUEST),
        ("ROUND_ROBIN", SimpleBalancing.ROUND_ROBIN),
        ("RANDOM", SimpleBalancing.RANDOM),
        ("PASSTHROUGH", SimpleBalancing.PASSTHROUGH),
    ],
)
def test_a_word_says_how_endpoints_are_picked(word: str, policy: SimpleBalancing) -> None:
    assert load_balancer(f"{{simple: {word}}}") == LoadBalancer(policy)


def test_the_default_is_least_request_and_not_round_robin() -> None:
    assert load_balancer("{}") == LoadBalancer(SimpleBalancing.LEAST_REQUEST)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{}", None),
        ("{useSourceIp: false}", None),
        ("{httpHeaderName: ''}", None),
        ("{useSourceIp: true}", HashSourceIp()),
        ("{httpHeaderName: x-a}", HashHeader("x-a")),
        ("{httpQueryParameterName: a}", HashQueryParameter("a")),
        ("{httpCookie: {name: a}}", HashCookie("a")),
        ("{httpCookie: {name: a, path: /b, ttl: 0s}}", HashCookie("a", "/b", timedelta(0))),
        (
            "{httpCookie: {name: a, ttl: 1.5s, attributes: [{name: Secure}, {name: SameSite, value: Lax}]}}",
            HashCookie("a", "", timedelta(seconds=1.5), (("Secure", ""), ("SameSite", "Lax"))),
        ),
    ],
)
def test_a_hash_is_of_one_thing_or_of_nothing(text: str, key: HashKey | None) -> None:
    assert consistent_hash(text).key == key


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        ("{}", RingHash(1024)),
        ("{ringHash: {}}", RingHash(None)),
        ("{ringHash: {minimumRingSize: 0}}", RingHash(None)),
        ("{ringHash: {minimumRingSize: 5}}", RingHash(5)),
        ("{maglev: {tableSize: 65537}}", Maglev(65537)),
        ("{minimumRingSize: 0}", RingHash(1024)),
    ],
)
def test_a_ring_has_its_own_size_or_a_default_that_depends_on_how_it_was_named(
    text: str, algorithm: RingHash | Maglev
) -> None:
    assert consistent_hash(text).algorithm == algorithm


def test_a_size_as_it_was_written_before_counts_and_is_warned_of() -> None:
    policy = "{loadBalancer: {consistentHash: {minimumRingSize: 7}}}"
    found, (warning,) = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    (rule,) = found.of(DestinationRule)
    assert rule.traffic_policy is not None
    assert rule.traffic_policy.load_balancer == LoadBalancer(ConsistentHash(None, RingHash(7)))
    assert warning.code.value == "AZ992"


@pytest.mark.parametrize(
    ("text", "warmup"),
    [
        ("{warmupDurationSecs: 5s}", Warmup(timedelta(seconds=5), 10.0, 1.0)),
        ("{warmup: {duration: 5s}}", Warmup(timedelta(seconds=5), 10.0, 1.0)),
        ("{warmup: {duration: 5s, minimumPercent: 0, aggression: 0.5}}", Warmup(timedelta(seconds=5), 0.0, 0.5)),
    ],
)
def test_warming_up_has_its_defaults_filled_in(text: str, warmup: Warmup) -> None:
    assert load_balancer(text).warmup == warmup


def test_of_two_ways_to_warm_up_the_newer_one_counts() -> None:
    policy = "{loadBalancer: {warmupDurationSecs: 5s, warmup: {duration: 7s}}}"
    found, (warning,) = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    (rule,) = found.of(DestinationRule)
    assert rule.traffic_policy is not None
    assert rule.traffic_policy.load_balancer == LoadBalancer(warmup=Warmup(timedelta(seconds=7)))
    assert warning.field == "spec.trafficPolicy.loadBalancer.warmupDurationSecs"


def test_primes_are_those_of_envoy() -> None:
    assert [number for number in range(1, 30) if _is_prime(number)] == [1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    assert _is_prime(4_999_999)
    assert not _is_prime(4_999_997)
