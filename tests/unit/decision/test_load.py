"""From files to an engine or problems, and what names a set."""

import json
from typing import Any

import pytest

from authz.decision.engine import EngineSettings
from authz.decision.load import LoadedSet, PolicyFiles, load_set
from authz.model.problem import Code, Problem
from authz.model.request import Request
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.model.where import Where
from authz.model.workload import parse_workload
from authz.resources.documents import SourceFile
from tests.support.policies import Document, policy, to

ONE, OTHER = policy("a", to(paths=["/a"])), policy("b", {}, action="DENY")


def load(
    *written: Document | bytes, mesh: dict[str, Any] | None = None, subject: bool = False, allow_empty: bool = False
) -> LoadedSet:
    files = [
        SourceFile(f"{number}.yaml", one if isinstance(one, bytes) else json.dumps(one).encode())
        for number, one in enumerate(written)
    ]
    settings = DecidingSettings(BareRequestPrincipals.SUBJECT if subject else BareRequestPrincipals.ISTIO)
    mesh_file = None if mesh is None else SourceFile("mesh.json", json.dumps(mesh).encode())
    source = PolicyFiles("policies", tuple(files), mesh_file)
    return load_set(source, EngineSettings(settings, parse_workload("foo/")), allow_empty=allow_empty)


def digest(*written: Document | bytes, mesh: dict[str, Any] | None = None, subject: bool = False) -> str:
    engine = load(*written, mesh=mesh, subject=subject).engine
    assert engine is not None
    return engine.digest


def test_a_good_set_decides() -> None:
    loaded = load(ONE, OTHER)

    assert (loaded.policies, loaded.problems) == (2, ())
    assert loaded.engine is not None
    assert loaded.engine.decide(Request()).by is not None


def test_a_set_with_one_error_is_no_set_and_all_its_problems_are_told() -> None:
    loaded = load(ONE, b"kind: [", policy("c", to(pahts=["/a"])), policy("d", to(ports=["x"])))

    assert loaded.engine is None
    assert [(problem.where.file, problem.code) for problem in loaded.problems] == [
        ("1.yaml", Code.SYNTAX),
        ("2.yaml", Code.UNKNOWN_FIELD),
        ("3.yaml", Code.BAD_PORT),
    ]


def test_a_warning_keeps_nobody_from_serving() -> None:
    loaded = load(policy("a", {}, action="CUSTOM", provider={"name": "x"}))

    assert loaded.engine is not None
    assert [problem.code for problem in loaded.problems] == [Code.UNKNOWN_PROVIDER]


def test_what_could_not_be_read_is_an_error_of_the_set() -> None:
    unreadable = Problem(Code.UNREADABLE_FILE, Where("x.yaml"), "", "cannot be read")
    loaded = load_set(PolicyFiles("policies", (), None, (unreadable,)), EngineSettings(), allow_empty=True)

    assert (loaded.engine, loaded.problems) == (None, (unreadable,))


@pytest.mark.parametrize("content", [b"", b"---\n", b"kind: Service\napiVersion: v1\nmetadata: {name: a}\n"])
def test_an_empty_set_is_refused_unless_it_is_meant(content: bytes) -> None:
    refused, meant = load(content), load(content, allow_empty=True)

    assert refused.engine is None
    assert [problem.code for problem in refused.problems] == [Code.NO_RESOURCES]
    assert meant.engine is not None


def test_what_has_no_part_in_decisions_is_counted() -> None:
    service = b"kind: Service\napiVersion: v1\nmetadata: {name: a}\n"

    assert load(ONE, service, service.replace(b": a", b": b")).passed_over == {"Service": 2}


def test_a_bad_mesh_is_an_error_of_the_set() -> None:
    loaded = load(ONE, mesh={"trustDomain": 5})

    assert loaded.engine is None
    assert [problem.where.file for problem in loaded.problems] == ["mesh.json"]


def test_a_digest_does_not_depend_on_files_and_places() -> None:
    joined = b"---\n".join(json.dumps(one, indent=4).encode() + b"\n" for one in (OTHER, ONE))

    assert digest(ONE, OTHER) == digest(OTHER, ONE) == digest(joined)
    assert digest(ONE).startswith("sha256:")


def test_a_digest_depends_on_everything_that_decides() -> None:
    digests = [
        digest(ONE),
        digest(OTHER),
        digest(ONE, OTHER),
        digest(ONE, subject=True),
        digest(ONE, mesh={"trustDomain": "a"}),
        digest(ONE, mesh={"trustDomain": "a", "trustDomainAliases": ["b"]}),
        digest(ONE, mesh={"rootNamespace": "a"}),
        digest(ONE, mesh={"pathNormalization": {"normalization": "NONE"}}),
        digest(ONE, mesh={"defaultConfig": {"gatewayTopology": {"numTrustedProxies": 1}}}),
        digest({**ONE, "metadata": {**ONE["metadata"], "namespace": "bar"}}),
        digest({**ONE, "metadata": {**ONE["metadata"], "annotations": {"istio.io/dry-run": "true"}}}),
    ]

    assert len(set(digests)) == len(digests)


def test_a_mesh_of_defaults_is_no_mesh() -> None:
    assert digest(ONE) == digest(ONE, mesh={}) == digest(ONE, mesh={"rootNamespace": "istio-system"})
