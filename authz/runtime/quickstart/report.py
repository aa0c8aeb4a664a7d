"""The quickstart's words: the table, as text or JSON, and what to try next. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from authz.runtime.quickstart import login, scenario
from authz.runtime.quickstart.backend import USER_HEADER
from authz.runtime.quickstart.gateway import HOST_NAME
from authz.runtime.quickstart.stage import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from authz.runtime.quickstart.scenario import Caller, Outcome, Row
    from authz.runtime.quickstart.stage import Stage

_HEADER = ("", "request", "caller", "expected", "got", "policy", "reason")
_GAP = "  "
_COMPARED = {
    "reason": "reason",
    "policy": "policy",
    "words": "words",
    "user": f"my-app to see {USER_HEADER}",
    "peer": "my-app's Envoy to see a certificate of",
    "dry_run_policy": "dry run to deny by",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a row: `got`, or no answer at all and why in `failure`."""

    row: Row
    got: Outcome | None
    failure: str = ""

    @property
    def as_expected(self) -> bool:
        """Tell whether everything is as the row says."""
        return self.got == self.row.expected

    @property
    def reason(self) -> str:
        """Say why it came out like this, in the words of who decided."""
        return self.got.reason if self.got else self.failure


@dataclass(frozen=True, slots=True)
class Style:
    """How words are set off: with escape sequences on a terminal, not at all elsewhere.

    `marks` stand for as expected and not; plain ones where the output cannot show these.
    """

    colour: bool
    marks: tuple[str, str] = ("✓", "✗")

    @classmethod
    def of(cls, out: TextIO, environ: Mapping[str, str]) -> Self:
        """Choose what suits an output, and who reads it (https://no-color.org)."""
        colour = out.isatty() and "NO_COLOR" not in environ
        try:
            "✓✗".encode(out.encoding or "utf-8")
        except UnicodeEncodeError:
            return cls(colour, ("+", "!"))
        return cls(colour)

    def paint(self, text: str, code: str) -> str:
        """Wrap text in an SGR sequence, such as 32 for green."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def good(self, text: str) -> str:
        """Say that it is as it should be."""
        return self.paint(text, "32")

    def bad(self, text: str) -> str:
        """Say that it is not."""
        return self.paint(text, "1;31")

    def strong(self, text: str) -> str:
        """Set off a heading."""
        return self.paint(text, "1")

    def faint(self, text: str) -> str:
        """Set back what matters less."""
        return self.paint(text, "2")

    def note(self, text: str) -> str:
        """Set off what deserves a look."""
        return self.paint(text, "33")


def render_table(results: Sequence[Result], stage: Stage, style: Style) -> list[str]:
    """Lay out the rows by workload, columns aligned over all of them, and count what differs."""
    cells = [(style.marks[not result.as_expected], *_cells(result)) for result in results]
    widths = [max(map(len, column)) for column in zip(_HEADER, *cells, strict=True)]
    lines: list[str] = []
    for at, proxy in stage.proxies.items():
        title = f"{_workload(at)} at {proxy.url}"
        lines += ["", style.strong(title), style.faint(_line(_HEADER, widths))]
        for result, row_cells in zip(results, cells, strict=True):
            if result.row.at == at:
                lines += [_mark(_line(row_cells, widths), result, style), *_remarks(result, style)]
    return [*lines, "", _verdict(results, style)]


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return _GAP.join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(result: Result) -> tuple[str, ...]:
    row, got = result.row, result.got
    return (
        _request(row),
        row.caller.value,
        _answer(row.expected),
        _answer(got) if got else "no answer",
        (got and got.policy) or "-",
        result.reason + (f": {got.words}" if got and got.words else ""),
    )


def _request(row: Row) -> str:
    headers = {USER_HEADER: row.claimed_user, "host": row.host}
    return ", ".join([f"{row.method} {row.path}", *(f"{name}: {value}" for name, value in headers.items() if value)])


def _workload(at: str) -> str:
    return at if at == scenario.GATEWAY else f"my-app {at}"


def _answer(outcome: Outcome) -> str:
    return f"{outcome.status} {outcome.answered_by}" if outcome.answered_by else str(outcome.status)


def _mark(line: str, result: Result, style: Style) -> str:
    return (style.good if result.as_expected else style.bad)(line[:1]) + line[1:]


def _remarks(result: Result, style: Style) -> Iterable[str]:
    expected, got = result.row.expected, result.got
    if got and got.dry_run_policy:
        yield style.note(f"   dry run: {got.dry_run_policy} would deny this")
    if got and got.answered_by and result.row.claimed_user:
        yield style.note(f"   my-app saw {USER_HEADER}: {got.user or 'none'}")
    if got:
        for field, name in _COMPARED.items():
            wanted = getattr(expected, field)
            if getattr(got, field) != wanted:
                yield style.bad(f"   expected {name}: {wanted or 'none'}")


def _verdict(results: Sequence[Result], style: Style) -> str:
    differing = sum(not result.as_expected for result in results)
    if differing:
        return style.bad(f"{differing} of {len(results)} requests came out differently.")
    return style.good(f"{len(results)} requests, all as expected.")


def render_json(results: Sequence[Result], stage: Stage) -> str:
    """Give the same as one JSON document; `as_expected` at its top is the exit status in words."""
    document = {
        "as_expected": all(result.as_expected for result in results),
        "authorizer": {"address": stage.ready.authorizer},
        "gateway": {"url": stage.proxies[scenario.GATEWAY].url, "version": stage.ready.version},
        "directory": str(stage.directory),
        "rows": [_json_row(result) for result in results],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def render_json_failure(message: str, log: Sequence[str]) -> str:
    """Give the document for a quickstart that did not get as far as its table."""
    return json.dumps({"as_expected": False, "error": message, "log": list(log)}, indent=2, ensure_ascii=False)


def _json_row(result: Result) -> dict[str, object]:
    row = result.row
    return {
        "workload": _workload(row.at),
        "method": row.method,
        "path": row.path,
        "caller": row.caller.value,
        "claimed_user": row.claimed_user,
        "host": row.host,
        "expected": asdict(row.expected),
        "got": asdict(result.got) if result.got else None,
        "reason": result.reason,
        "as_expected": result.as_expected,
    }


def render_suggestions(stage: Stage, style: Style) -> list[str]:
    """Print command lines that work as they stand, in the order of the table."""
    lines = ["", style.strong("Try it:"), f"  cd {stage.directory}", *_lines(_requests(stage), style)]
    lines += ["", style.strong("Change the issuer's keys, which are fetched again within 10 seconds:")]
    return [*lines, *_lines(_rotation(stage), style)]


def _lines(tries: Sequence[tuple[str, str]], style: Style) -> list[str]:
    width = max(len(command) for command, _ in tries)
    return [f"  {command:<{width}}  {style.faint('# ' + says)}" for command, says in tries]


def _requests(stage: Stage) -> list[tuple[str, str]]:
    plain, secure = _urls(stage)
    gateway, known = _gateway(stage)
    caller = scenario.Caller
    return [
        (f"curl -i {plain}/v1 {_bearer(file_name(caller.USER))}", "200: my-app says whom it saw"),
        (f"curl -i {plain}/v1 {_bearer(file_name(caller.OTHER))}", "403"),
        (f"curl -i {plain}/v1 {_bearer(file_name(caller.BROKEN))}", "401, and why"),
        (f"curl -i {plain}/v1 {_bearer(file_name(caller.EXPIRED))}", "401"),
        (f"curl -i {plain}/public/hello", "200, no token needed"),
        (f"curl -i {plain}/public/hello -H '{USER_HEADER}: root'", "200, and my-app sees no user"),
        (f"curl -i --path-as-is {plain}/public/../admin", "403"),
        (f"curl -i -X POST {plain}/v1 {_bearer(file_name(caller.EDITOR))}", "200; user.token: 403"),
        (f"curl -i {secure}/admin {_certificate(caller.OPS_ADMIN)}", "200"),
        (f"curl -i {secure}/admin {_certificate(caller.CLIENT)}", "403"),
        (f"curl -i {secure}/admin {_certificate(caller.FORGED_ADMIN)}", "403: the same name, by another CA"),
        (f"curl -i {gateway}/v1 {known} {_bearer(file_name(caller.USER))}", "200: by way of the gateway"),
        (f"curl -i {gateway}/v1/internal {known} {_bearer(file_name(caller.USER))}", "403: inside only"),
        (f"curl -i {gateway}/admin {known} {_bearer(file_name(caller.USER))}", "404: no route"),
        ("tail -f access-v1.log", "each request: policy, reason, detail, shadow verdict"),
    ]


def _rotation(stage: Stage) -> list[tuple[str, str]]:
    plain, _ = _urls(stage)
    make = f"{stage.program} dev token --issuer {login.ISSUER} --subject {scenario.USER} --key new.key"
    return [
        (f"curl --proxy {stage.login} --cacert ca.pem {login.ISSUER}{login.KEYS_PATH}", "200: as the authorizer does"),
        (f"{make} > new.token", "a new key, and a token by it"),
        (f"curl -i {plain}/v1 {_bearer('new')}", "401: nobody knows that key"),
        (
            f"{stage.program} dev jwks --key new.key > {stage.key_set.name}",
            "the issuer publishes it, in place of the old",
        ),
        ("tail -f up.log", "... new keys"),
        (f"curl -i {plain}/v1 {_bearer('new')}", "200; user.token: 401"),
    ]


def _urls(stage: Stage) -> tuple[str, str]:
    host, port = stage.proxies["v1"].address
    return f"http://{host}:{port}", f"https://{host}:{port}"


def _gateway(stage: Stage) -> tuple[str, str]:
    """Give its URL, and what has curl find it and believe it."""
    proxy = stage.proxies[scenario.GATEWAY]
    host, port = proxy.address
    return proxy.url, f"--cacert ca.pem --resolve {HOST_NAME}:{port}:{host}"


def _bearer(name: str) -> str:
    return f'-H "authorization: Bearer $(cat {name}.token)"'


def _certificate(caller: Caller) -> str:
    name = file_name(caller)
    return f"--cacert ca.pem --cert {name}.pem --key {name}.key"
