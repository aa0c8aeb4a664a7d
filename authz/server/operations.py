"""What operators and their tools ask over HTTP: `/healthz`, `/readyz`, `/metrics`. A request in, an answer out."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from authz.observability.counters import Counters
from authz.observability.prometheus import CONTENT_TYPE, render_metrics
from authz.server.metrics import families
from authz.server.readiness import ReadinessView, readiness_json, readiness_text

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP response without its framing. `allow`: the methods that a 405 names."""

    status: int
    content_type: str
    body: bytes
    allow: str = ""


class OperationsDoor:
    """Answers by path. It changes nothing, and says nothing about any request that was decided."""

    def __init__(self, readiness: ReadinessView, counters: Counters, started_at: float | None = None) -> None:
        self._readiness = readiness
        self._counters = counters
        self._started_at = time.time() if started_at is None else started_at
        self._pages: dict[str, Callable[[str], HttpAnswer]] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
        }

    def answer(self, method: str, target: str, accept: str) -> HttpAnswer:
        """`target` as in the request line; `accept`: all values of that header, joined by commas."""
        page = self._pages.get(target.partition("?")[0])
        if page is None:
            return text_answer(404, f"not found; there are {', '.join(self._pages)}")
        if method not in ("GET", "HEAD"):
            return HttpAnswer(405, _TEXT, b"only GET and HEAD\n", allow="GET, HEAD")
        return page(accept)

    def _healthz(self, _accept: str) -> HttpAnswer:
        return text_answer(200, "ok")

    def _readyz(self, accept: str) -> HttpAnswer:
        readiness = self._readiness.look()
        status = 200 if readiness.is_ready else 503
        if prefers_text(accept):
            return HttpAnswer(status, _TEXT, _encode(readiness_text(readiness)))
        return HttpAnswer(status, _JSON, json.dumps(readiness_json(readiness), indent=2).encode() + b"\n")

    def _metrics(self, _accept: str) -> HttpAnswer:
        metrics = families(self._counters, self._readiness.look(), self._started_at)
        return HttpAnswer(200, CONTENT_TYPE, _encode(render_metrics(metrics)))


def text_answer(status: int, words: str) -> HttpAnswer:
    """One line of text."""
    return HttpAnswer(status, _TEXT, _encode(f"{words}\n"))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # names of files may hold anything


def prefers_text(accept: str) -> bool:
    """Whether plain text is wanted rather than JSON, which is the default. Source: RFC 9110, 12.5.1."""
    return _quality(accept, "text", "plain") > _quality(accept, "application", "json")


def _quality(accept: str, kind: str, subtype: str) -> float:
    """That of the most specific range that covers the type."""
    found = dict(_ranges(accept))
    for media_range in (f"{kind}/{subtype}", f"{kind}/*", "*/*"):
        if media_range in found:
            return found[media_range]
    return 0.0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for entry in accept.lower().split(","):
        media_range, *parameters = (part.strip() for part in entry.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        yield media_range, float(quality) if quality.replace(".", "", 1).isdecimal() and quality.isascii() else 0.0
