"""Text -> what the readers make of it, and the problems they find."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from authz.model.problem import Problem, Problems
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.collection import Resources, join_files, read_file
from authz.resources.documents import Limits, SourceFile, read_documents

if TYPE_CHECKING:
    from authz.resources.nodes import Document

HEAD = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: foo}\n"
"""Three lines: what follows begins at line 4."""


def documents(
    content: str | bytes, file: str = "a.yaml", limits: Limits | None = None
) -> tuple[list[Document], list[Problem]]:
    problems = Problems()
    data = content.encode() if isinstance(content, str) else content
    found = read_documents([SourceFile(file, data)], problems, limits or Limits())
    return found, list(problems)


def resources(*contents: str | bytes, file: str = "a.yaml") -> tuple[Resources, list[Problem]]:
    """Several contents are files `a.yaml`, `2-a.yaml`, ..."""
    problems = Problems()
    files = [
        SourceFile(file if n == 1 else f"{n}-{file}", content.encode() if isinstance(content, str) else content)
        for n, content in enumerate(contents, 1)
    ]
    return join_files(map(read_file, files), problems), list(problems)


def policy(spec: str) -> AuthorizationPolicy:
    """The policy with a spec without problems; warnings are none either."""
    found, problems = resources(with_spec(spec))
    assert problems == []
    (one,) = found.of(AuthorizationPolicy)
    return one


def problems_of_spec(spec: str) -> list[Problem]:
    """What is wrong with a spec. It begins at line 5, column 3; in flow style at line 4, column 7."""
    return resources(with_spec(spec))[1]


def with_spec(spec: str) -> str:
    return f"{HEAD}spec: {spec}\n" if spec.startswith("{") else f"{HEAD}spec:\n{indent(spec, '  ')}\n"


def summaries(problems: list[Problem]) -> list[str]:
    """`LINE:COLUMN CODE FIELD` of each."""
    return [f"{p.where.line}:{p.where.column} {p.code.value} {p.field}".strip() for p in problems]
