"""The quickstart: backends, the authorizer and real Envoys on one machine, and a table of what they decide.

Front door: `run`. Also what the end-to-end tests build on: the authorizer as a
process, the parts of an Envoy configuration. May import `authz.runtime.dev`,
the forwarder's supervisor and the standard library; starts `authz up` as a
program, so it knows nothing of the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.runtime.quickstart.gateway import UP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

__all__ = ["run"]


def run(*, once: bool, out: TextIO, output: str = "text", policies: Path | None = None, up: Sequence[str] = UP) -> int:
    """Run the quickstart, and give its exit status: 0, or 1 where an outcome differs or something does not start.

    `output` is `text` or `json`. With `once` it ends after the table; without, it
    serves until SIGINT, SIGTERM or SIGHUP. `policies` is the directory to serve
    (default: policies/quickstart here or beside the package), `up` the command
    that starts gateway and authorizer. Takes those signals over while it runs, so it
    belongs in the main thread. Nothing it started outlives it.
    """
    try:
        from authz.runtime.quickstart.session import Session  # noqa: PLC0415  # PyJWT is an extra
    except ModuleNotFoundError as error:
        out.write(f"The quickstart needs the module {error.name!r}: pip install 'authz[envoy]'\n")
        return 1
    return Session(out, once=once, as_json=output == "json").run(policies, up)
