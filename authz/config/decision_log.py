"""The settings of the decision log, one by one: the section `log` of the settings file."""

from dataclasses import replace
from enum import Enum
from typing import Any

from authz.audit.masking import parse_claim_path, parse_mask_rule, render_claim_path
from authz.audit.settings import Fsync, WhenFull
from authz.config.setting import File, Number, Setting, Share, Switch, Texts, Word
from authz.config.settings import Settings
from authz.model.header_names import is_header_name
from authz.model.string_match import ascii_lower

_DAY = 86400


def _words(choices: type[Enum]) -> Word:
    return Word(tuple(one.value for one in choices))


DECISION_LOG = (
    Setting(
        "log.directory",
        "--log-dir",
        File(),
        lambda settings: settings.decision_log.directory,
        lambda settings, path: _with(settings, directory=path),
        "record every decision in files of this directory, which is made for its owner alone (default: nowhere)",
        "DIR",
    ),
    Setting(
        "log.stdout",
        "--log-stdout",
        Switch(),
        lambda settings: settings.decision_log.stdout,
        lambda settings, on: _with(settings, stdout=on),
        "record every decision on standard output, an object a line",
    ),
    Setting(
        "log.whenFull",
        "--log-when-full",
        _words(WhenFull),
        lambda settings: settings.decision_log.when_full.value,
        lambda settings, word: _with(settings, when_full=WhenFull(word)),
        "while records cannot be kept: drop and count them (the default), or deny every request",
    ),
    Setting(
        "log.queueRecords",
        "--log-queue-records",
        Number(1, 100_000_000),
        lambda settings: settings.decision_log.queue_records,
        lambda settings, number: _with(settings, queue_records=number),
        "how many records may wait (default: 100000)",
        "NUMBER",
    ),
    Setting(
        "log.queueMiB",
        "--log-queue-mib",
        Number(1, 65_536),
        lambda settings: settings.decision_log.queue_mib,
        lambda settings, number: _with(settings, queue_mib=number),
        "and how much (default: 64)",
        "MIB",
    ),
    Setting(
        "log.segmentMiB",
        "--log-segment-mib",
        Number(1, 65_536),
        lambda settings: settings.decision_log.segment_mib,
        lambda settings, number: _with(settings, segment_mib=number),
        "a file is closed when it is so large (default: 64)",
        "MIB",
    ),
    Setting(
        "log.segmentSeconds",
        "--log-segment-seconds",
        Number(1, 7 * _DAY),
        lambda settings: settings.decision_log.segment_seconds,
        lambda settings, seconds: _with(settings, segment_seconds=seconds),
        "or so old (default: 3600)",
        "SECONDS",
    ),
    Setting(
        "log.keepDays",
        "--log-keep-days",
        Number(0, 36_500),
        lambda settings: settings.decision_log.keep_days,
        lambda settings, number: _with(settings, keep_days=number),
        "closed files are removed when they are older (default: 30; 0: never)",
        "DAYS",
    ),
    Setting(
        "log.keepMiB",
        "--log-keep-mib",
        Number(0, 100_000_000),
        lambda settings: settings.decision_log.keep_mib,
        lambda settings, number: _with(settings, keep_mib=number),
        "the oldest are removed when all of the directory is larger (default: 4096; 0: never)",
        "MIB",
    ),
    Setting(
        "log.compress",
        "--log-compress",
        Switch(),
        lambda settings: settings.decision_log.compress,
        lambda settings, on: _with(settings, compress=on),
        "closed files are compressed, gzip (default: on)",
    ),
    Setting(
        "log.fsync",
        "--log-fsync",
        _words(Fsync),
        lambda settings: settings.decision_log.fsync.value,
        lambda settings, word: _with(settings, fsync=Fsync(word)),
        "force records to the disk: never, at an interval (the default), or with every batch",
    ),
    Setting(
        "log.fsyncMs",
        "--log-fsync-ms",
        Number(10, 60_000),
        lambda settings: settings.decision_log.fsync_ms,
        lambda settings, number: _with(settings, fsync_ms=number),
        "that interval (default: 1000)",
        "MS",
    ),
    Setting(
        "log.signingKey",
        "--log-signing-key",
        File(),
        lambda settings: settings.decision_log.signing_key,
        lambda settings, path: _with(settings, signing_key=path),
        "sign checkpoints with this Ed25519 key, PEM; `authz dev log-key` makes one to try",
        "FILE",
    ),
    Setting(
        "log.hashKey",
        "--log-hash-key",
        File(),
        lambda settings: settings.decision_log.hash_key,
        lambda settings, path: _with(settings, hash_key=path),
        "what hashes in records are keyed with: a file of 16 bytes at least",
        "FILE",
    ),
    Setting(
        "log.sampleAllowed",
        "--log-sample-allowed",
        Share(),
        lambda settings: settings.decision_log.sample_allowed,
        lambda settings, share: _with(settings, sample_allowed=share),
        "which share of what is allowed is recorded, 0 to 1 (default: 1)",
        "SHARE",
    ),
    Setting(
        "log.sampleDenied",
        "--log-sample-denied",
        Share(),
        lambda settings: settings.decision_log.sample_denied,
        lambda settings, share: _with(settings, sample_denied=share),
        "and of what is denied (default: 1)",
        "SHARE",
    ),
    Setting(
        "log.headers",
        "--log-header",
        Texts(),
        lambda settings: settings.decision_log.headers or None,
        lambda settings, texts: _with(settings, headers=tuple(map(_header, texts))),
        "record this header too, beside user-agent, x-request-id and those that policies name; may be repeated",
        "NAME",
    ),
    Setting(
        "log.claims",
        "--log-claim",
        Texts(),
        lambda settings: tuple(map(render_claim_path, settings.decision_log.claims)) or None,
        lambda settings, texts: _with(settings, claims=tuple(map(parse_claim_path, texts))),
        "record this claim too, NAME or [NAME][NAME], beside issuer, subject and those that policies name; may be "
        "repeated",
        "CLAIM",
    ),
    Setting(
        "log.query",
        "--log-query",
        Switch(),
        lambda settings: settings.decision_log.query,
        lambda settings, on: _with(settings, query=on),
        "record queries too, tokens in them masked",
    ),
    Setting(
        "log.mask",
        "--log-mask",
        Texts(),
        lambda settings: tuple(map(str, settings.decision_log.masks)) or None,
        lambda settings, texts: _with(settings, masks=tuple(map(parse_mask_rule, texts))),
        "hide what: header:NAME=HOW, claim:NAME=HOW, query:NAME=HOW or path:/a/*/b=HOW; how: drop, mask, or hash with "
        "log.hashKey; may be repeated",
        "RULE",
    ),
)


def _with(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, decision_log=replace(settings.decision_log, **changes))


def _header(text: str) -> str:
    name = ascii_lower(text)
    if not is_header_name(name):
        raise ValueError(f"no header has a name such as {text!r}")
    return name
