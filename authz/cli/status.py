"""`authz status`: what a running authorizer has in force."""

import argparse
import http.client
import json
from dataclasses import dataclass
from typing import Any

from authz.config import check_listen
from authz.model.errors import SettingsError

_DESCRIPTION = """\
Asks /readyz of a running authorizer (`authz serve --http-listen`) and prints what is in force, since when, and what was
rejected and why. Exit status 0: ready, and the newest files are in force; 1: not ready, or no answer; 3: ready, but an
older set or certificate is in force, since the newest was rejected."""

DEFAULT_ADDRESS = "127.0.0.1:9193"
READY, NOT_READY, OUTDATED = 0, 1, 3
_TIMEOUT_SECONDS = 5
_MAX_BYTES = 4 * 1024 * 1024


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("status", help="ask a running authorizer what is in force", description=_DESCRIPTION)
    parser.add_argument("--address", metavar="HOST:PORT", default=DEFAULT_ADDRESS, help=f"default: {DEFAULT_ADDRESS}")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    report = ask(parsed.address)
    if parsed.output == "json":
        print(json.dumps(report.said, indent=2))
    else:
        print(report.text(), end="")
    return report.exit_status


@dataclass(frozen=True, slots=True)
class Report:
    """What `/readyz` said, or, where nothing could be asked, `ready: false` and why."""

    said: dict[str, Any]

    @property
    def exit_status(self) -> int:
        """READY, NOT_READY or OUTDATED."""
        if self.said.get("ready") is not True:
            return NOT_READY
        certificate = self.said.get("certificate") or {}
        return OUTDATED if self.said.get("rejected") or certificate.get("rejected") else READY

    def text(self) -> str:
        """For people."""
        lines = [("ready", "not ready", "", "ready, but not with the newest files")[self.exit_status]]
        if found := self.said.get("set"):
            count = f"{found.get('policies')} {found.get('of', 'policies')}"
            lines.append(f"in force     {count}, since {found.get('since')}")
            lines.append(f"digest       {found.get('digest')}")
            lines.append(f"last loaded  {found.get('loaded_at')}")
        if certificate := self.said.get("certificate"):
            lines.append(f"certificate  {certificate['serial']}, expires {certificate['expires']}")
        lines += self._keys()
        lines += [f"note         {reason}" for reason in self.said.get("reasons", ())]
        lines += self._rejected()
        return "".join(f"{_printable(line)}\n" for line in lines)

    def _keys(self) -> list[str]:
        """How it stands with the keys of issuers; a note tells of each that is in trouble."""
        keys = self.said.get("keys")
        if not keys:
            return []
        failing = sum(one.get("error") is not None for one in keys)
        without = sum(one.get("available") is not True for one in keys)
        places = f"{len(keys)} {'place' if len(keys) == 1 else 'places'}"
        return [f"keys         {places}, {failing} failing, {without} without any"]

    def _rejected(self) -> list[str]:
        lines = []
        if rejected := self.said.get("rejected"):
            problems = [problem["text"] for problem in rejected["problems"]]
            lines.append(f"rejected     {rejected['at']}")
            lines += [f"  {text}" for text in problems]
            if rejected["total"] > len(problems):
                lines.append(f"  and {rejected['total'] - len(problems)} more")
        certificate = self.said.get("certificate") or {}
        if certificate.get("rejected"):
            lines += [f"certificate rejected {certificate['rejected_at']}", f"  {certificate['rejected']}"]
        return lines


def ask(address: str) -> Report:
    """Ask an authorizer. Raises SettingsError for what is no address."""
    try:
        host, _, port = check_listen(address).rpartition(":")
    except SettingsError:
        raise SettingsError(f"address: expected HOST:PORT, found {address!r}") from None
    if address.startswith("unix:"):
        raise SettingsError(f"address: expected HOST:PORT, found {address!r}")
    connection = http.client.HTTPConnection(host.removeprefix("[").removesuffix("]"), int(port), _TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Accept": "application/json"})
        said = json.loads(connection.getresponse().read(_MAX_BYTES))
    except (OSError, http.client.HTTPException) as error:
        return _no_answer(f"{address} cannot be asked: {error}; is `authz serve --http-listen {address}` running?")
    except ValueError:
        return _no_answer(f"{address} answers, but not as authz does")
    finally:
        connection.close()
    if not isinstance(said, dict) or "ready" not in said:
        return _no_answer(f"{address} answers, but not as authz does")
    return Report(said)


def _no_answer(reason: str) -> Report:
    return Report({"ready": False, "reasons": [reason]})


def _printable(text: str) -> str:
    """Whoever answers may send commands for a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
