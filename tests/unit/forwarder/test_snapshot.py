"""authz.forwarder.snapshot: versions by content, names that are missing, what differs."""

import json
import subprocess
import sys

import pytest

from authz.forwarder.references import Reference, TypeUrl
from authz.forwarder.snapshot import Change, Dangling, DuplicateResourceError, Resource, Snapshot, diff
from authz.model.where import Where
from authz.pb.cluster import Cluster
from authz.pb.listener import Listener
from authz.pb.packing import type_url
from authz.pb.router import Router
from tests.support.xds import cluster, endpoints, listener, routes, secret

WHOLE = [
    cluster("a"),
    cluster("b"),
    endpoints("a", 1),
    endpoints("b", 2),
    listener("l", "r", secrets=["s"]),
    routes("r", "a", "b"),
    secret("s"),
]


def test_a_version_does_not_depend_on_the_order() -> None:
    assert Snapshot.of(WHOLE).version == Snapshot.of(reversed(WHOLE)).version
    assert [one.name for one in Snapshot.of(reversed(WHOLE)) if one.type_url is TypeUrl.CLUSTER] == ["a", "b"]


def test_a_version_is_the_same_in_another_process() -> None:
    program = "from tests.support.xds import cluster; print(cluster('a').version)"
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert cluster("a").version == there


def test_only_what_changes_has_another_version() -> None:
    before, after = Snapshot.of(WHOLE), Snapshot.of([*WHOLE[1:], cluster("a", connect_s=2)])
    assert before.version != after.version
    assert before.versions[TypeUrl.CLUSTER] != after.versions[TypeUrl.CLUSTER]
    assert before.versions[TypeUrl.LISTENER] == after.versions[TypeUrl.LISTENER]


def test_an_origin_is_not_part_of_the_content() -> None:
    assert cluster("a", origin=Where("a.yaml", 3)) == cluster("a", origin=Where("b.yaml", 9))
    assert cluster("a", origin=Where("a.yaml", 3)).origin == Where("a.yaml", 3)
    assert Snapshot.of(WHOLE) == Snapshot.of(WHOLE)
    assert hash(Snapshot.of(WHOLE)) == hash(Snapshot.of(WHOLE))


def test_names_that_are_there_do_not_dangle() -> None:
    assert Snapshot.of(WHOLE).dangling_references() == ()


@pytest.mark.parametrize(
    "left_out, missing, answers",
    [
        (("a", TypeUrl.CLUSTER), "routes 'r' names 'a', which is not among the clusters", True),
        (("b", TypeUrl.ENDPOINT), "clusters 'b' names 'b', which is not among the endpoints", False),
        (("r", TypeUrl.ROUTE), "listeners 'l' names 'r', which is not among the routes", False),
        (("s", TypeUrl.SECRET), "listeners 'l' names 's', which is not among the secrets", True),
    ],
)
def test_a_name_that_is_missing_dangles(left_out: tuple[str, TypeUrl], missing: str, answers: object) -> None:
    (found,) = Snapshot.of(one for one in WHOLE if (one.name, one.type_url) != left_out).dangling_references()
    assert (str(found), found.answers) == (missing, answers)


def test_clusters_of_the_bootstrap_are_there() -> None:
    snapshot = Snapshot.of([routes("r", "authorizer")])
    assert snapshot.dangling_references(static_clusters={"authorizer"}) == ()
    assert snapshot.dangling_references() == (
        Dangling(routes("r", "authorizer"), Reference(TypeUrl.CLUSTER, "authorizer")),
    )


def test_every_duplicate_is_named_with_its_places() -> None:
    twice = [cluster("a", origin=Where("one.yaml", 1, 1)), cluster("a", connect_s=9, origin=Where("two.yaml", 2, 1))]
    with pytest.raises(DuplicateResourceError) as caught:
        Snapshot.of([*twice, routes("r", "a"), routes("r", "b")])
    assert str(caught.value) == "two clusters are called 'a': one.yaml:1:1 and two.yaml:2:1\ntwo routes are called 'r'"


def test_one_name_in_two_types_is_no_duplicate() -> None:
    assert len(list(Snapshot.of([cluster("a"), endpoints("a", 1)]))) == 2


def test_what_differs_is_told_by_type() -> None:
    after = [cluster("a", connect_s=5), cluster("c"), *WHOLE[2:]]
    assert diff(Snapshot.of(WHOLE), Snapshot.of(after)) == {
        TypeUrl.CLUSTER: Change(added=("c",), changed=("a",), removed=("b",))
    }
    assert diff(Snapshot.of(WHOLE), Snapshot.of(reversed(WHOLE))) == {}


@pytest.mark.parametrize("message", [Cluster(), Listener()])
def test_a_resource_needs_a_name(message: Cluster | Listener) -> None:
    with pytest.raises(ValueError, match="without a name"):
        Resource.of(message)


def test_a_message_of_another_kind_is_no_resource() -> None:
    with pytest.raises(ValueError, match="Router"):
        Resource.of(Router())


def test_a_resource_gives_its_message_again() -> None:
    message = cluster("a").message()
    assert isinstance(message, Cluster)
    assert message.name == "a"
    assert Resource.of(message) == cluster("a")


def test_a_resource_of_bytes_is_that_of_the_message() -> None:
    whole = routes("r", "a", "b", origin=Where("a.yaml", 3))
    value = whole.message().SerializeToString(deterministic=True)
    made = Resource.of_bytes(TypeUrl.ROUTE, "r", value, whole.references, Where("a.yaml", 3))
    assert made == whole
    assert made.origin == whole.origin


def test_it_is_shown_as_envoys_configuration_without_keys() -> None:
    shown = Snapshot.of([*WHOLE, secret("t", key=b"hidden")]).to_json()
    assert list(shown) == ["clusters", "endpoints", "listeners", "routes", "secrets"]
    assert shown["secrets"][1] == {
        "name": "t",
        "tls_certificate": {
            "certificate_chain": {"inline_bytes": "Y2VydGlmaWNhdGU="},
            "private_key": {"inline_bytes": "[redacted]"},
        },
    }
    assert "aGlkZGVu" not in json.dumps(shown)
    assert "hidden" not in repr(secret("t", key=b"hidden"))
    assert type_url(Cluster) == TypeUrl.CLUSTER.value
