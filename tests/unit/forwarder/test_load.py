from __future__ import annotations

from authz.forwarder.load import LoadedRouting, RoutingFiles, RoutingLoader
from authz.model.problem import Code
from authz.resources.documents import SourceFile

GATEWAY = b"""\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 80, name: http, protocol: HTTP}
      hosts: ["*.example.com"]
"""
POLICY = b"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a}\nspec: {actoin: DENY}\n"


def load(*contents: bytes, mesh: bytes | None = None, allow_empty: bool = True) -> LoadedRouting:
    files = tuple([SourceFile(f"{number}.yaml", content) for number, content in enumerate(contents)])
    mesh_file = SourceFile("mesh.yaml", mesh) if mesh is not None else None
    return RoutingLoader().load(RoutingFiles("test", files, mesh_file), allow_empty=allow_empty)


def test_a_good_set_is_a_view() -> None:
    loaded = load(GATEWAY)

    assert loaded.problems == ()
    assert loaded.view is not None
    assert [gateway.name for gateway in loaded.view.gateways] == ["g"]


def test_a_set_with_a_problem_is_no_view_and_says_where() -> None:
    loaded = load(GATEWAY.replace(b"protocol: HTTP", b"protocol: HTPT"))

    assert loaded.view is None
    assert [str(problem.where) for problem in loaded.problems] == ["0.yaml:7:48"]


def test_a_broken_policy_is_for_the_authorizer_to_refuse() -> None:
    loaded = load(GATEWAY, POLICY)

    assert loaded.view is not None
    assert loaded.resources.others == {"AuthorizationPolicy": 1}


def test_the_mesh_is_read_for_both_its_parts() -> None:
    loaded = load(GATEWAY, mesh=b"rootNamespace: root\nconnectTimeout: 3s\n")

    assert loaded.view is not None
    assert loaded.view.mesh.root_namespace == "root"
    assert loaded.view.defaults.connect_timeout.total_seconds() == 3


def test_a_mesh_with_a_problem_is_told_of_once() -> None:
    loaded = load(GATEWAY, mesh=b"rootNamspace: root\n")

    assert loaded.view is None
    assert [problem.code for problem in loaded.problems] == [Code.UNKNOWN_FIELD]


def test_files_that_stayed_are_not_read_again() -> None:
    loader = RoutingLoader()
    first, again = (loader.load(RoutingFiles("test", (SourceFile("g.yaml", GATEWAY),))).view for _ in range(2))

    assert first is not None
    assert again is not None
    assert first.gateways[0] is again.gateways[0]


def test_nothing_at_all_has_to_be_meant() -> None:
    assert load(allow_empty=True).view is not None
    assert load(POLICY, allow_empty=False).view is None
    (problem,) = load(allow_empty=False).problems
    assert (problem.code, problem.where.file) == (Code.NO_RESOURCES, "test")
