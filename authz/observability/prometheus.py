"""The text format of Prometheus.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its samples, each with its labels. `kind`: `counter` or `gauge`."""

    name: str
    kind: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


def gauge(name: str, value: float, text: str) -> Family:
    """A gauge without labels."""
    return Family(name, "gauge", text, (({}, value),))


def counter(name: str, value: int, text: str) -> Family:
    """A counter without labels."""
    return Family(name, "counter", text, (({}, value),))


def info(name: str, labels: Labels, text: str) -> Family:
    """What is told in labels; the value is always 1."""
    return Family(name, "gauge", text, ((labels, 1),))


def render_metrics(families: Iterable[Family]) -> str:
    """Metrics as a scraper reads them."""
    return "".join(map(_render, families))


def _render(family: Family) -> str:
    help_text = family.help.replace("\\", "\\\\").replace("\n", "\\n")
    lines = [f"# HELP {family.name} {help_text}", f"# TYPE {family.name} {family.kind}"]
    lines += [f"{family.name}{_labels(labels)} {_number(value)}" for labels, value in family.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
