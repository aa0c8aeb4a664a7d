"""Records and what `verify` found, for people."""

from collections.abc import Iterator

from authz.audit.reading import Record
from authz.audit.verify import Report, WorkerReport

_RED, _GREEN, _DIM, _RESET = "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"
_NOBODY = "-"


def record_line(record: Record, *, colour: bool = False) -> str:
    """One line. What a caller sent cannot command the terminal."""
    is_denied = record.get("verdict") != "allowed"
    verdict = f"{'DENIED' if is_denied else 'allowed':<7}"
    texts = str(record.get("time", ""))[:23], verdict, " ".join(_parts(record)), str(record.get("id", ""))
    shown = [printable(text) for text in texts]
    if colour:
        paints = _DIM, _RED if is_denied else _GREEN, "", _DIM
        shown = [f"{paint}{text}{_RESET if paint else ''}" for paint, text in zip(paints, shown, strict=True)]
    return " ".join(shown)


def _parts(record: Record) -> Iterator[str]:
    status = record.get("status")
    yield f"{record.get('reason')}{'' if status in (None, 403) else f' {status}'}"
    request = record.get("request")
    if request is not None:
        query = f"?{request['query']}" if "query" in request else ""
        yield f"{request.get('method')} {request.get('host')}{request.get('path', '')}{query}"
    elif "destination" in record:
        yield f"{record.get('protocol')} {record['destination'].get('address')}:{record['destination'].get('port')}"
    yield f"{_caller(record)} -> {_workload(record)}"
    if "rule" in record:
        yield f"by {record.get('policy')} ({record.get('where')})"
    if "detail" in record:
        yield f"({record['detail']})"
    for shadow in record.get("shadows", ()):
        if shadow.get("verdict") == "denied":
            yield f"[dry run: denied by {shadow.get('policy', 'no ALLOW rule')}]"


def _caller(record: Record) -> str:
    names = record.get("peer", {}).get("names", [])
    token = record.get("token", {})
    who = [names[0]] if names else []
    if token.get("subject") is not None:
        who.append(f"{token.get('issuer')}/{token['subject']}")
    if not who:
        who.append(record.get("remote") or record.get("source", {}).get("address") or _NOBODY)
    return " as ".join(who)


def _workload(record: Record) -> str:
    workload = record.get("workload")
    if workload is None:
        return _NOBODY
    labels = workload.get("labels")
    written = "" if labels is None else "/" + ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return f"{workload.get('namespace')}{written}"


def report_text(report: Report, *, has_key: bool) -> str:
    """What was found, a line a worker, then what is wrong."""
    lines = [_worker_line(one, has_key=has_key) for one in report.workers]
    lines += [f"wrong: {wrong}" for wrong in report.wrong]
    if not report.workers:
        lines.append("wrong: there is no decision log here")
    elif not report.wrong:
        lines.append("nothing was changed" if has_key else "whole, as far as that can be told without --key")
    return "".join(f"{printable(line)}\n" for line in lines)


def _worker_line(worker: WorkerReport, *, has_key: bool) -> str:
    span = f", {worker.since} to {worker.until}" if worker.since else ""
    said = [f"{worker.worker}: {worker.records} records in {worker.segments} files{span}"]
    if has_key and worker.unsigned:
        said.append(f"the last {worker.unsigned} lines are not signed yet")
    if worker.dropped:
        said.append(f"{worker.dropped} records were lost, as it says itself")
    if worker.torn:
        said.append(f"{worker.torn} bytes were left unfinished by a crash, or are being written")
    return "; ".join(said)


def printable(text: str) -> str:
    """Text that is safe for a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
