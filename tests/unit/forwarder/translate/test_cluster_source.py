from dataclasses import replace
from datetime import timedelta

import pytest

from authz.forwarder.translate.cluster_source import ClusterSource, remarks_on
from authz.mesh.effective_policy import EffectivePolicy, From
from authz.mesh.registry import Discovery, Endpoint, MeshPort, TlsMode
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.protocol import Protocol
from authz.model.routing.traffic_policy import (
    ConnectionPool,
    ConsistentHash,
    HttpPool,
    LoadBalancer,
    RetryBudget,
    RingHash,
    ZoneAwareBalancing,
)
from authz.model.routing.workload_entry import AddressKind
from authz.model.where import Where
from tests.support.endpoints import endpoint
from tests.support.mesh import mesh_service

HERE, THERE = Where("a.yaml", 1, 1), Where("b.yaml", 2, 3)
TAKES = endpoint(tls=TlsMode.ISTIO)
PLAIN = ClusterSource(
    service=mesh_service("a.b", "ns"),
    port=MeshPort(80, "http", Protocol.HTTP),
    subset="v1",
    policy=EffectivePolicy(),
    endpoints=(),
    mtls=frozenset(),
    identities=(),
    where=HERE,
)


def with_tls(mode: ClientTlsMode, credential: str = "") -> EffectivePolicy:
    return EffectivePolicy(tls=From(ClientTls(mode, credential, where=THERE), HERE))


def test_a_cluster_that_handshakes_name_has_a_name_for_handshakes() -> None:
    assert PLAIN.name == "outbound|80|v1|a.b"
    assert replace(PLAIN, is_passed_on=True).name == "outbound_.80_.v1_.a.b"


@pytest.mark.parametrize(
    ("policy", "mtls", "expected"),
    [
        (EffectivePolicy(), frozenset(), False),
        (EffectivePolicy(), frozenset({TAKES}), True),
        (with_tls(ClientTlsMode.ISTIO_MUTUAL), frozenset(), True),
        (with_tls(ClientTlsMode.SIMPLE), frozenset({TAKES}), False),
        (with_tls(ClientTlsMode.DISABLE), frozenset({TAKES}), False),
    ],
)
def test_whose_connections_are_mutual_tls_of_the_mesh(
    policy: EffectivePolicy, mtls: frozenset[Endpoint], *, expected: bool
) -> None:
    source = replace(PLAIN, policy=policy, mtls=mtls)
    assert source.has_mesh_tls is expected
    assert not replace(source, is_passed_on=True).has_mesh_tls


def test_tls_that_is_passed_on_is_nobodys_here() -> None:
    source = replace(PLAIN, policy=with_tls(ClientTlsMode.SIMPLE))
    assert source.tls is not None
    assert replace(source, is_passed_on=True).tls is None


def balanced(balancer: LoadBalancer) -> EffectivePolicy:
    return EffectivePolicy(load_balancer=From(balancer, THERE))


CLIENTS = ConnectionPool(http=HttpPool(use_client_protocol=True))


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (balanced(LoadBalancer(ConsistentHash(None, RingHash(2**23 + 1)))), "minimumRingSize 8388609 is more"),
        (balanced(LoadBalancer(zone_aware=ZoneAwareBalancing())), "zoneAwareLbSetting keeps"),
        (
            EffectivePolicy(retry_budget=From(RetryBudget(budget_interval=timedelta(seconds=1)), THERE)),
            "budgetInterval does",
        ),
        (EffectivePolicy(connection_pool=From(CLIENTS, THERE)), "useClientProtocol does nothing"),
        (with_tls(ClientTlsMode.SIMPLE, "configmap://ns/a"), "'configmap://ns/a' cannot be read"),
    ],
)
def test_what_is_not_done_as_written_is_told_at_its_place(policy: EffectivePolicy, text: str) -> None:
    (remark,) = remarks_on(replace(PLAIN, policy=policy, mtls=frozenset({TAKES})))
    assert remark.text.startswith(text)
    assert remark.where == THERE


@pytest.mark.parametrize(
    "policy",
    [
        EffectivePolicy(),
        balanced(LoadBalancer(ConsistentHash(None, RingHash(2**23)))),
        balanced(LoadBalancer(zone_aware=ZoneAwareBalancing(enabled=False))),
        EffectivePolicy(retry_budget=From(RetryBudget(), THERE)),
        EffectivePolicy(connection_pool=From(CLIENTS, THERE)),
        with_tls(ClientTlsMode.SIMPLE, "a"),
    ],
)
def test_of_what_is_done_there_is_nothing_to_tell(policy: EffectivePolicy) -> None:
    assert remarks_on(replace(PLAIN, policy=policy, endpoints=(endpoint(),))) == ()


def test_an_endpoint_that_a_cluster_cannot_have_is_told_where_it_is_written() -> None:
    named = endpoint("c.d", kind=AddressKind.NAME)
    (remark,) = remarks_on(replace(PLAIN, endpoints=(named,)))
    assert remark.where == named.workload.where
    looked_up = replace(PLAIN.service, discovery=Discovery.DNS)
    assert remarks_on(replace(PLAIN, service=looked_up, endpoints=(named,))) == ()
