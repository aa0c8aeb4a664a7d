"""Resources of `tests/data/routing-vectors.yaml` are read without a problem, and those to be rejected are refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.model.problem import Problem, Severity
from authz.resources.collection import read_file
from authz.resources.documents import SourceFile
from authz.resources.kinds import ROUTING_KINDS

DATA = yaml.safe_load((Path(__file__).parents[1] / "data" / "routing-vectors.yaml").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = DATA["vectors"] + DATA["more_vectors"]
READ = {kind.name for kind in ROUTING_KINDS if kind.read is not None}
REJECTED = [vector for vector in VECTORS if vector["expect"].get("rejected")]
ACCEPTED = [vector for vector in VECTORS if not vector["expect"].get("rejected")]


def errors(resource: dict[str, Any]) -> list[Problem]:
    found = read_file(SourceFile("a.yaml", json.dumps(resource).encode()))
    return [problem for problem in found.problems if problem.severity is Severity.ERROR]


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


@pytest.mark.parametrize("vector", named(ACCEPTED))
def test_what_a_vector_is_made_of_is_read(vector: dict[str, Any]) -> None:
    assert [problem for resource in vector["resources"] for problem in errors(resource)] == []


@pytest.mark.parametrize("vector", named([one for one in REJECTED if one["resources"][0]["kind"] in READ]))
def test_what_a_vector_wants_rejected_is_refused(vector: dict[str, Any]) -> None:
    assert [problem for resource in vector["resources"] for problem in errors(resource)]


def test_there_are_vectors_of_both_sorts() -> None:
    assert len(VECTORS) == 80
    assert {vector["resources"][0]["kind"] for vector in REJECTED} >= {"VirtualService", "DestinationRule"}
