"""The reference on each row of `tests/data/request-authentication-vectors.yaml`: what Envoy made of tokens."""

from typing import Any

import pytest

from tests.reference import Refused, Request, Workload, decide_with_tokens
from tests.reference.headers import header_values
from tests.support.jwts import NOW_S
from tests.support.token_rows import DECISIONS, STRICTER, Row, request_of, with_key_sets


def asked(row: Row) -> tuple[Any, Request]:
    given, workload = (
        request_of(row["request"]),
        row.get("workload", {"namespace": "foo", "labels": {"app": "httpbin"}}),
    )
    request = Request(method=given.method, host=given.host, path=given.path, headers=given.headers)
    whose = Workload(workload["namespace"], workload["labels"])
    return decide_with_tokens(with_key_sets(row["policies"]), {}, whose, request, NOW_S)


@pytest.mark.parametrize("row", [row for row in DECISIONS if row["name"] not in STRICTER], ids=lambda row: row["name"])
def test_row(row: Row) -> None:
    found, seen = asked(row)
    if row["expect"] in {"allow", "deny"}:
        assert not isinstance(found, Refused), found
        assert found.allowed == (row["expect"] == "allow")
        for line in row.get("upstreamHeaders", []):
            name, _, value = line.partition("=")
            assert header_values(seen, name) == (value,)
        assert not any(header_values(seen, name) for name in row.get("upstreamHeadersAbsent", []))
        return
    assert isinstance(found, Refused)
    assert str(found.status) == row["expect"]
    assert row.get("body", found.body) == found.body
    assert row.get("responseHeaders", {}).get("www-authenticate", found.www_authenticate) == found.www_authenticate


@pytest.mark.parametrize("row", [row for row in DECISIONS if row["name"] in STRICTER], ids=lambda row: row["name"])
def test_where_we_refuse_more(row: Row) -> None:
    found, _ = asked(row)
    assert isinstance(found, Refused)
    assert found.body == STRICTER[row["name"]]
