"""What operators and their tools ask over HTTP: `/healthz`, `/readyz`, `/metrics`. A request in, an answer out."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from authz.observability.prometheus import CONTENT_TYPE, Family, render_metrics

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP response without its framing. `allow`: the methods that a 405 names."""

    status: int
    content_type: str
    body: bytes
    allow: str = ""


class Standing(Protocol):
    """How a part of ours is doing at one moment."""

    @property
    def is_ready(self) -> bool:
        """Whether calls are welcome."""

    def as_json(self) -> dict[str, Any]:
        """For machines. Field names are stable."""

    def as_text(self) -> str:
        """For people, in lines."""


class OperationsDoor:
    """Answers by path. It changes nothing, and says nothing about any request that was decided."""

    def __init__(self, look: Callable[[], Standing], metrics: Callable[[], Iterable[Family]]) -> None:
        self._look = look
        self._families = metrics
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
        standing = self._look()
        status = 200 if standing.is_ready else 503
        if prefers_text(accept):
            return HttpAnswer(status, _TEXT, _encode(standing.as_text()))
        return HttpAnswer(status, _JSON, json.dumps(standing.as_json(), indent=2).encode() + b"\n")

    def _metrics(self, _accept: str) -> HttpAnswer:
        return HttpAnswer(200, CONTENT_TYPE, _encode(render_metrics(self._families())))


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
