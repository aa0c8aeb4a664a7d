"""`authz check`."""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from authz.cli.checked import Checked, describe, warnings_by_policy
from authz.cli.explanation import Terminal, render_all
from authz.cli.explanation_json import report
from authz.cli.problems import print_problems
from authz.cli.recorded import read_check_request
from authz.cli.request_file import read_requests
from authz.cli.request_flags import (
    add_request_flags,
    add_workload_flags,
    request_flags_given,
    request_of,
    with_workload_flags,
)
from authz.cli.request_values import GivenRequest
from authz.cli.settings import add_mesh_and_config, settings_of
from authz.decision.engine import Engine
from authz.decision.load import LoadedSet, load_set
from authz.identity.tokens import Identified
from authz.model.decision import NO_EFFECTS
from authz.model.facts import RawRequest
from authz.model.problem import Code, Problem, Problems
from authz.model.where import Where
from authz.model.workload import Workload
from authz.resources.documents import SourceFile
from authz.server.convert import RawCheck
from authz.sources.files import read_policy_files

_USAGE_STATUS = 64
_DESCRIPTION = """\
Decides requests by the policies of files, as `authz serve` would, and says why: the verdict and the rule it comes from,
then for each policy of the workload and each of its rules the first field that failed, with what it wants, what the
request has, and where it is written. The request is given by flags, by --request, or by --check-request."""
_USAGE = """\
authz check --policies PATH ... --workload NAMESPACE/k=v,k=v [--method M] [--path /P] [--header 'N: V'] ...
       authz check --policies PATH ... [--workload NAMESPACE/k=v,k=v] --request FILE ...
       authz check --policies PATH ... [--workload NAMESPACE/k=v,k=v] --check-request FILE ..."""
_EPILOG = """\
Exit status 0: allowed; 2: denied, of several requests any; 1: a problem in policies, settings or request files, and
nothing was decided; 64: the command line is wrong."""


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "check", help="decide a request offline, and say why", usage=_USAGE, description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument(
        "--policies", metavar="PATH", nargs="+", dest="policy_paths", help="files or directories (YAML or JSON)"
    )
    add_mesh_and_config(parser)
    parser.add_argument(
        "--allow-empty",
        dest="allowEmpty",
        action="store_const",
        const=True,
        help="a set without policies is meant: it allows everything",
    )
    parser.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    workload = parser.add_argument_group("the workload", "Whose request it is: that picks the policies.")
    workload.add_argument(
        "--workload",
        metavar="NAMESPACE/k=v,k=v",
        help="`NAMESPACE/` for a workload without labels; needed unless settings or request say it",
    )
    add_workload_flags(workload)
    files = parser.add_argument_group("requests from files")
    files.add_argument(
        "--request", metavar="FILE", action="append", help="YAML or JSON, a document a request; - reads standard input"
    )
    files.add_argument(
        "--check-request",
        metavar="FILE",
        action="append",
        help="a recorded CheckRequest: protobuf bytes, base64 of them, JSON, or protobuf text; - reads standard input",
    )
    files.add_argument(
        "--call-metadata",
        metavar="KEY=VALUE",
        action="append",
        help="gRPC metadata of the recorded calls, such as authz-namespace=default",
    )
    add_request_flags(parser)
    parser.usage_status = _USAGE_STATUS
    parser.set_defaults(run=_run, parser=parser)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as it is decided: `name` is what its file calls it."""

    raw: RawRequest | GivenRequest
    name: str = ""


def _run(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    paths = [Path(path) for path in parsed.policy_paths or ()] or list(settings.policies)
    problems = Problems()
    try:
        _check_flags(parsed, paths)
        workload = with_workload_flags(settings.workload, parsed)
        asked = list(_asked(parsed, workload, problems))
    except ValueError as error:
        parsed.parser.error(str(error))
    source = read_policy_files(paths, settings.mesh, settings.trust)
    loaded = load_set(source, replace(settings, workload=workload).engine, allow_empty=settings.allow_empty)
    problems.extend(loaded.problems)
    if loaded.engine is None or problems.has_errors():
        _print_refusal(problems, parsed.output)
        return 1
    checked = list(_decide(loaded.engine, loaded, asked))
    if parsed.output == "json":
        print(json.dumps(report(checked, problems, loaded.engine.digest), indent=2))
    else:
        print(*render_all(checked, _terminal(sys.stdout)), sep="\n")
    return 0 if all(one.allowed for one in checked) else 2


def _check_flags(parsed: argparse.Namespace, paths: list[Path]) -> None:
    """Raise ValueError where flags are missing, or say two things."""
    if not paths or "" in (parsed.policy_paths or ()):
        raise ValueError("--policies PATH ... is needed: by which policies?")
    given = request_flags_given(parsed)
    from_files = [flag for flag in ("request", "check_request") if getattr(parsed, flag)]
    if given and from_files:
        raise ValueError(f"--{from_files[0].replace('_', '-')} says all of a request; {given[0]} cannot be added")
    if parsed.call_metadata and not parsed.check_request:
        raise ValueError("--call-metadata belongs to a --check-request, which is missing")


def _asked(parsed: argparse.Namespace, workload: Workload | None, problems: Problems) -> Iterator[_Asked]:
    """All requests, in order. Raises ValueError."""
    metadata = dict(_pair(text) for text in parsed.call_metadata or ())
    for name in parsed.request or ():
        file = _read(name, problems)
        requests = read_requests(file, workload, problems) if file else []
        for number, given in enumerate(requests, 1):
            yield _Asked(given, given.name or (f"{file.name}, document {number}" if file and len(requests) > 1 else ""))
    for name in parsed.check_request or ():
        file = _read(name, problems)
        if file:
            yield from _recorded(file, metadata, problems)
    if not parsed.request and not parsed.check_request:
        if workload is None:
            raise ValueError("--workload NAMESPACE/LABEL=VALUE,... is needed: whose request is it?")
        yield _Asked(request_of(parsed))


def _recorded(file: SourceFile, metadata: dict[str, str], problems: Problems) -> Iterator[_Asked]:
    try:
        yield _Asked(RawCheck(read_check_request(file.content), metadata), file.name)
    except ValueError as error:
        problems.add(Code.BAD_REQUEST, Where(file.name), "", str(error))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ValueError(f"--call-metadata: expected KEY=VALUE, found {text!r}")
    return key.lower(), value


def _read(name: str, problems: Problems) -> SourceFile | None:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        problems.add(Code.UNREADABLE_FILE, Where(name), "", f"cannot be read: {reason}")
        return None
    return SourceFile("<stdin>" if name == "-" else name, content)


def _decide(engine: Engine, loaded: LoadedSet, asked: Iterable[_Asked]) -> Iterator[Checked]:
    warnings = warnings_by_policy(loaded.problems, engine.view.policies)
    trusted_proxies = engine.view.config.num_trusted_proxies
    now_s = time.time()
    for one in asked:
        raw = one.raw.at_proxy(trusted_proxies) if isinstance(one.raw, GivenRequest) else one.raw
        explanation, facts = engine.explain(raw, now_s), engine.facts(raw, now_s)
        if isinstance(explanation.token, Identified):
            facts = facts.with_token(explanation.token.claims, NO_EFFECTS)
        elif explanation.token is not None:  # what a proxy may have said of a token is not believed
            facts = facts.with_token({}, NO_EFFECTS)
        merged = raw.is_http and raw.headers_are_merged
        yield Checked(describe(raw, facts), explanation, one.name, merged, warnings)


def _print_refusal(problems: Iterable[Problem], output: str) -> None:
    if output == "json":
        print(json.dumps(report((), problems, None), indent=2))
    else:
        print_problems(problems, sys.stderr)


_WIDTH_ELSEWHERE, _MIN_WIDTH = 100, 60


def _terminal(out: TextIO) -> Terminal:
    """As wide as the terminal, and in colours where somebody sees them (https://no-color.org)."""
    colour = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((_WIDTH_ELSEWHERE, 24)).columns
    return Terminal(max(width, _MIN_WIDTH), colour)
