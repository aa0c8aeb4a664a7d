"""One quickstart from its first line of output to its exit status."""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import authz
from authz.forwarder.supervisor import ProcessFailedError, SupervisorError, Surroundings
from authz.model.errors import AuthzError
from authz.runtime.quickstart import report, scenario
from authz.runtime.quickstart.access_log import Entry, find_entry
from authz.runtime.quickstart.client import ask
from authz.runtime.quickstart.interruption import Interrupted, Interruption
from authz.runtime.quickstart.report import Result, Style
from authz.runtime.quickstart.scenario import Outcome
from authz.runtime.quickstart.stage import Plan, open_stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from authz.runtime.quickstart.client import Reply
    from authz.runtime.quickstart.scenario import Row
    from authz.runtime.quickstart.stage import Stage

POLICIES = Path("policies") / "quickstart"
_WATCH_S = 0.5
_LOG_WITHIN_S = 5.0
_SIGNAL_STATUS = 128


class NoPoliciesError(AuthzError):
    """There is no directory of policies to run on; the message says where one was looked for."""


def find_policies(given: Path | None, roots: Sequence[Path] | None = None) -> Path:
    """Find the directory to run on: the given one, or policies/quickstart here or beside the package.

    Raises NoPoliciesError.
    """
    if given is not None:
        candidates = [given]
    else:
        roots = [Path(), Path(authz.__file__).parent.parent] if roots is None else roots
        candidates = [root / POLICIES for root in roots]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    looked = ", ".join(map(str, candidates))
    raise NoPoliciesError(
        f"no directory of policies at {looked}. Run it in a checkout of the project, or say --policies DIR"
    )


def settings_beside(policies: Path) -> Path | None:
    """Find the settings of a directory of policies: DIR.authz.yaml, next to it. They are optional."""
    resolved = policies.resolve()
    beside = policies.parent / f"{resolved.name}.authz.yaml"
    return beside if beside.is_file() else None


class Session:
    """Starts the stage, plays the table, reports, and serves until interrupted."""

    def __init__(self, out: TextIO, *, once: bool, as_json: bool) -> None:
        self._out = out
        self._once = once
        self._as_json = as_json
        self._style = Style.of(out, os.environ)

    def run(self, policies: Path | None, up: Sequence[str]) -> int:
        """Give the exit status: 0, or 1 where an outcome differed or something did not start."""
        try:
            found = find_policies(policies)
            with Interruption() as interruption:
                return self._run(Plan(found, settings_beside(found), up), interruption)
        except Interrupted as interrupted:
            return _SIGNAL_STATUS + interrupted.number
        except ProcessFailedError as error:
            self._complain(str(error), error.log_tail.splitlines())
        except BrokenPipeError:
            return 1  # nobody reads us any more
        except (SupervisorError, NoPoliciesError, OSError) as error:
            self._complain(str(error))
        return 1

    def _run(self, plan: Plan, interruption: Interruption) -> int:
        self._say(self._style.strong("authz quickstart: a real Envoy asks, authz decides"), "")
        with open_stage(plan, Surroundings(sleep=interruption.pause), self._announce) as stage:
            results = [play(row, stage, interruption) for row in scenario.rows()]
            self._report(results, stage)
            if not self._once:
                self._serve(stage, interruption)
        return 0 if all(result.as_expected for result in results) else 1

    def _report(self, results: Sequence[Result], stage: Stage) -> None:
        if self._as_json:
            self._print(report.render_json(results, stage))
        else:
            self._say(*report.render_table(results, stage, self._style))

    def _serve(self, stage: Stage, interruption: Interruption) -> None:
        self._say(*report.render_suggestions(stage, self._style), "", "Serving until Ctrl-C.")
        with contextlib.suppress(Interrupted):
            while True:
                for process in stage.processes:
                    process.require_running()
                interruption.pause(_WATCH_S)
        self._say("", "Stopping.")

    def _announce(self, what: str, sentence: str) -> None:
        self._say(f"  {what:<12} {sentence}")

    def _say(self, *lines: str) -> None:
        """Print for people: in JSON mode, nothing but the document goes out."""
        if not self._as_json:
            self._print(*lines)

    def _complain(self, message: str, log: Sequence[str] = ()) -> None:
        if self._as_json:
            self._print(report.render_json_failure(message, log))
            return
        lines = ["  Its last lines:", *(f"    {line}" for line in log)] if log else []
        self._print("", self._style.bad("The quickstart did not work: ") + message, *lines)

    def _print(self, *lines: str) -> None:
        self._out.writelines(f"{line}\n" for line in lines)
        self._out.flush()


def play(row: Row, stage: Stage, interruption: Interruption) -> Result:
    """Send one row, and put together what its caller and Envoy saw. Raises Interrupted."""
    interruption.pause(0)
    proxy = stage.proxies[row.at]
    try:
        reply = ask(row, proxy.address, stage.credentials)
    except (OSError, http.client.HTTPException) as error:
        return Result(row, None, f"{type(error).__name__}: {error}")
    if row.at == scenario.GATEWAY and not reply.request_id:  # my-app's Envoys give every answer one
        return _result(row, reply, Entry(None, scenario.ENDED_AT_GATEWAY, None, None))
    probe = functools.partial(find_entry, proxy.access_logs, reply.request_id)
    return _result(row, reply, proxy.process.wait_until(probe, _LOG_WITHIN_S))


def _result(row: Row, reply: Reply, entry: Entry) -> Result:
    got = Outcome(
        status=reply.status,
        reason=entry.reason,
        answered_by=reply.said_by_my_app("version"),
        policy=entry.matched_policy,
        dry_run_policy=entry.dry_run_deny_policy if entry.dry_run_deny == "denied" else None,
        words=_words(reply, entry),
        user=reply.said_by_my_app("user"),
        peer=reply.said_by_my_app("peer"),
    )
    return Result(row, got)


def _words(reply: Reply, entry: Entry) -> str | None:
    """Give what the caller was told, where that says more than the status and the reason."""
    told = reply.status == HTTPStatus.UNAUTHORIZED or entry.reason == scenario.ENDED_AT_GATEWAY
    return (reply.body or None) if told else None
