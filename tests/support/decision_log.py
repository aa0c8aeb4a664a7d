"""Records of requests that were decided by policies of a test, and what the published schema says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from authz.audit.masking import Masker
from authz.audit.record import Records
from authz.audit.settings import DecisionLogSettings
from authz.observability.counters import Counters
from authz.server.check import CheckDoor, InForce, Pending
from tests.support.jwts import NOW_S
from tests.support.policies import engine
from tests.support.proxy import Form, call_metadata, check_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authz.decision.case import Case
    from authz.decision.engine import Engine
    from authz.model.request import Request
    from tests.support.policies import Document

Record = dict[str, Any]
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "decision-log.schema.json").read_text())
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
HASH_KEY = b"0123456789abcdef"


def assert_valid(record: Mapping[str, Any]) -> None:
    """Against the branch for its type, whose complaints say more than those of all."""
    assert record["type"] in SCHEMA["$defs"]
    branch = {"$ref": f"#/$defs/{record['type']}", "$defs": SCHEMA["$defs"]}
    errors = [error.message for error in jsonschema.Draft202012Validator(branch).iter_errors(record)]
    assert errors == []
    assert _VALIDATOR.is_valid(record)


class Recording:
    """A check door that keeps its cases. Implements `authz.server.check.Recorder`."""

    refuses = False

    def __init__(self, decides: Engine) -> None:
        self.cases: list[Case] = []
        self._door = CheckDoor(lambda: InForce.of(decides), Counters(), lambda: NOW_S, self)

    def record(self, case: Case) -> None:
        self.cases.append(case)

    def decide(self, request: Request, form: Form = Form.RAW) -> Case:
        return self.decide_bytes(check_request(request, form), call_metadata(request))

    def decide_bytes(self, request: bytes, metadata: Mapping[str, str] | None = None) -> Case:
        answer = self._door.check(request, metadata or {}, None)
        assert not isinstance(answer, Pending)
        return self.cases[-1]


def case_of(request: Request, *policies: Document, form: Form = Form.RAW, **how: Any) -> Case:
    return Recording(engine(*policies, **how)).decide(request, form)


def records(settings: DecisionLogSettings | None = None) -> Records:
    settings = settings or DecisionLogSettings()
    return Records(settings, Masker(settings.masks, HASH_KEY))


def read(encoded: bytes) -> Record:
    """A record that is valid."""
    record: Record = json.loads(encoded + b"}")
    assert_valid(record)
    return record


def record_of(request: Request, *policies: Document, settings: DecisionLogSettings | None = None, **how: Any) -> Record:
    return read(records(settings).encode(case_of(request, *policies, **how)))
