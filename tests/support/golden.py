"""Golden cases: resources of a mesh, and what Envoy is told of them."""

from __future__ import annotations

from pathlib import Path

import yaml

from authz.forwarder.load import RoutingFiles, RoutingLoader
from authz.forwarder.proxy import Proxy
from authz.forwarder.translate import Translation, TranslationMemo, translate
from authz.mesh.routing_view import RoutingView
from authz.resources.documents import SourceFile

DIRECTORY = Path(__file__).parents[1] / "golden"
CASES = sorted(path for path in DIRECTORY.glob("*.yaml") if not path.stem.endswith((".out", ".mesh")))
PROXY = Proxy("istio-system", frozenset({("istio", "ingressgateway")}), service_account="ingress")


def documents_of(case: Path) -> list[str]:
    """The documents of a case, one by one, as they are written."""
    return case.read_text(encoding="utf-8").split("---\n")


def view_of(case: Path, files: list[SourceFile] | None = None) -> RoutingView:
    """A case as routing needs it, with its MeshConfig if it has one; `files`: instead of the case itself."""
    mesh = case.with_suffix(".mesh.yaml")
    found = RoutingLoader().load(
        RoutingFiles(
            case.name,
            tuple(files or [SourceFile(case.name, case.read_bytes())]),
            SourceFile(mesh.name, mesh.read_bytes()) if mesh.exists() else None,
        )
    )
    return found.good_view


def translation_of(case: Path, memo: TranslationMemo | None = None) -> Translation:
    return translate(view_of(case), PROXY, memo)


def rendered(translation: Translation) -> str:
    """What Envoy is told, and what is not done as it is written; without keys."""
    shown = {"remarks": [str(one) for one in translation.remarks], **translation.snapshot.to_json()}
    text: str = yaml.safe_dump(shown, sort_keys=False, width=120, allow_unicode=True)
    return text
