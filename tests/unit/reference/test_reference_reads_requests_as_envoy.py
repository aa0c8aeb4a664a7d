"""Normal forms of paths and client addresses, asked of a real Envoy 1.40."""

import json
from pathlib import Path

from tests.reference import Request
from tests.reference.addresses import parse_address
from tests.reference.headers import remote_ip
from tests.reference.paths import normalize, path_forms

DATA = Path(__file__).parents[2] / "data"
PATHS = json.loads((DATA / "envoy-paths.json").read_text())
FORWARDED_FOR = json.loads((DATA / "envoy-forwarded-for.json").read_text())
MODES = ("NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES")


def test_a_path_that_envoy_takes_has_envoys_normal_form() -> None:
    taken = [(row["sent"], mode, row[mode]) for row in PATHS for mode in MODES if row[mode] is not None]

    assert len(taken) > 1000
    assert [one for one in taken if normalize(one[0], one[1]) != one[2]] == []


def test_a_path_that_envoy_refuses_is_refused() -> None:
    refused = [(row["sent"], mode) for row in PATHS for mode in MODES if row[mode] is None]

    assert len(refused) > 20
    assert [one for one in refused if path_forms(Request(path=one[0]), mesh(one[1]))] == []


def test_every_path_that_envoy_takes_is_decided() -> None:
    taken = [(row["sent"], mode) for row in PATHS for mode in MODES if row[mode] is not None]

    assert [one for one in taken if not path_forms(Request(path=one[0]), mesh(one[1]))] == []


def test_the_client_address_is_the_one_that_envoy_reads() -> None:
    read = [(row["sent"], remote_ip(forwarded(row["sent"]), 0), row["remote_ip"]) for row in FORWARDED_FOR]

    assert [one for one in read if parse_address(one[1]) != parse_address(one[2])] == []


def mesh(mode: str) -> dict[str, dict[str, str]]:
    return {"pathNormalization": {"normalization": mode}}


def forwarded(value: str) -> Request:
    return Request(headers=(("x-forwarded-for", value),))
