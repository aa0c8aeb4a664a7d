"""What Envoy is told, case by case, and laws that hold for each of them. `UPDATE_GOLDEN=1` writes the files anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from authz.forwarder.translate import translate
from authz.resources.documents import SourceFile
from tests.support.golden import CASES, PROXY, documents_of, rendered, translation_of, view_of

if TYPE_CHECKING:
    from pathlib import Path

AUTHORIZER = ("authz",)
each_case = pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])


@each_case
def test_envoy_is_told_as_before(case: Path) -> None:
    expected = case.with_suffix(".out.yaml")
    found = rendered(translation_of(case))
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@each_case
def test_what_is_named_is_there_or_envoy_answers_without_it_and_there_is_a_remark(case: Path) -> None:
    translation = translation_of(case)
    missing = translation.snapshot.dangling_references(AUTHORIZER)

    assert [str(one) for one in missing if not one.answers] == []
    remarks = "\n".join(str(remark) for remark in translation.remarks)
    assert [str(one) for one in missing if one.missing.name not in remarks] == []


@each_case
def test_the_order_of_documents_and_files_changes_nothing(case: Path) -> None:
    pieces = list(reversed(documents_of(case)))
    alone = [SourceFile(f"{number}.yaml", piece.encode()) for number, piece in enumerate(pieces)]
    other = translate(view_of(case, alone), PROXY)

    assert len(pieces) > 1
    assert other.snapshot.version == translation_of(case).snapshot.version


@each_case
def test_what_is_remembered_changes_nothing(case: Path) -> None:
    view = view_of(case)
    first = translate(view, PROXY)
    again = translate(view, PROXY, first.memo)

    assert again == first
    assert again.snapshot.version == first.snapshot.version
    for other in CASES:
        assert translation_of(other, first.memo).snapshot.version == translation_of(other).snapshot.version


@each_case
def test_everything_has_an_origin_but_for_what_is_nobodys(case: Path) -> None:
    for resource in translation_of(case).snapshot:
        assert resource.origin is not None or resource.name.startswith(("file-", "BlackHoleCluster")), resource.name
