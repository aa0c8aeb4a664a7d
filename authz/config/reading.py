"""Settings file and flags -> settings. A flag wins over the file, the file over the default."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from authz.config.forwarding import FORWARDING
from authz.config.serving import SERVING, bundle_text
from authz.config.setting import File, Files, Kind, Number, Setting, Share, Switch, Text, Texts, Value, Word
from authz.config.settings import Settings
from authz.identity.bundle import parse_bundle_path
from authz.model.errors import SettingsError
from authz.model.problem import Code, Problems
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.nodes import Node, Scalar, Sequence, scalar_type

SETTINGS = (*SERVING, *FORWARDING)
"""Everything that can be set; the settings file, the flags of verbs and `authz config print` are made of it."""


def read_settings(path: Path) -> Settings:
    """Read a settings file (`authz.yaml`). Paths in it are relative to the file. Raises SettingsError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    problems = Problems()
    settings = replace(_settings(SourceFile(str(path), content), path.parent, problems), file=path)
    if problems.has_errors():
        raise SettingsError("\n".join(map(str, problems)))
    return settings


def _settings(file: SourceFile, base: Path, problems: Problems) -> Settings:
    documents = read_documents([file], problems)
    fields = Fields(file.name, problems)
    for extra in documents[1:]:
        fields.problem(Code.BAD_SETTING, extra.root, "", "a settings file is one document")
    nodes = _nodes(fields, documents[0].root) if documents else {}
    settings = Settings()
    for setting in SETTINGS:
        node = nodes.get(setting.key)
        value = _read(fields, node, setting, base)
        if node is None or value is None:
            continue
        try:
            settings = _put(settings, setting, value, f"{file.name}:{node.line}")
        except ValueError as error:
            fields.problem(Code.BAD_SETTING, node, setting.key, str(error))
    return settings


def _nodes(fields: Fields, node: Node) -> dict[str, Node]:
    """The nodes of what is set, by key."""
    keys = [one.key.partition(".") for one in SETTINGS]
    root = fields.mapping(node, "", dict.fromkeys(section for section, _, _ in keys))
    if root is None:
        return {}
    found = {section: entry for section, dot, _ in keys if not dot and (entry := root.get(section)) is not None}
    for section in dict.fromkeys(section for section, dot, _ in keys if dot):
        known = [key for one, dot, key in keys if dot and one == section]
        inner = fields.mapping(root.get(section), section, known)
        found |= {f"{section}.{key}": entry for key in known if inner and (entry := inner.get(key)) is not None}
    return found


def _read(fields: Fields, node: Node | None, setting: Setting, base: Path) -> Value | None:
    key = setting.key
    match setting.kind:
        case File():
            return _path(fields, node, key, base)
        case Files(or_one=True) if isinstance(node, Scalar):
            path = _path(fields, node, key, base)
            return None if path is None else (str(path),)
        case Files(named):
            return _paths(fields, node, key, base, named=named)
        case Text():
            return fields.string(node, key)
        case Switch():
            return fields.boolean(node, key)
        case Number(low, high):
            return fields.integer(node, key, low, high)
        case Word(words):
            if isinstance(node, Scalar) and node.text in words:  # `off` without quotes is one of YAML's booleans
                return node.text
            return fields.one_of(node, key, words)
        case Share():
            return _share(fields, node, key)
        case Texts():
            return _texts(fields, node, key) or None


def _texts(fields: Fields, node: Node | None, key: str) -> tuple[str, ...]:
    if isinstance(node, Sequence) and not node.items:
        fields.problem(Code.EMPTY_VALUE, node, key, "expected at least one, found none; or remove the field")
    return tuple([text for _, text, _ in fields.strings(node, key)])


def _paths(fields: Fields, node: Node | None, key: str, base: Path, *, named: bool) -> tuple[str, ...] | None:
    texts = _texts(fields, node, key)
    if not named:
        return tuple([str(base / text) for text in texts]) or None
    try:
        bundles = [parse_bundle_path(text) for text in texts]
    except ValueError:
        return texts  # to be refused with its place when it is put
    return tuple([bundle_text(domain, base / path) for domain, path in bundles]) or None


def _share(fields: Fields, node: Node | None, key: str) -> float | None:
    if node is None:
        return None
    if not isinstance(node, Scalar) or scalar_type(node) != "number":
        fields.wrong_type(node, key, "a number from 0 to 1")
        return None
    try:
        return _parse_share(node.text)
    except ValueError as error:
        fields.problem(Code.NOT_ONE_OF, node, key, str(error))
        return None


def _parse_share(text: str) -> float:
    if not _SHARE.fullmatch(text):
        raise ValueError(f"expected a number from 0 to 1, such as 0.01, found {text!r}")
    return float(text)


_SHARE = re.compile(r"0|1|0\.[0-9]{1,9}|1\.0{1,9}")


def _path(fields: Fields, node: Node | None, key: str, base: Path) -> Path | None:
    text = fields.string(node, key)
    if node is not None and text == "":
        fields.problem(Code.EMPTY_VALUE, node, key, "expected a path, found nothing; remove the field or name a file")
    return base / text if text else None


def apply_flags(settings: Settings, flags: Mapping[str, str | bool | tuple[str, ...]]) -> Settings:
    """Settings with what flags say, each by the key of its setting. Raises SettingsError."""
    for setting in SETTINGS:
        if setting.key not in flags:
            continue
        try:
            value = _flag_value(setting.kind, flags[setting.key])
            settings = _put(settings, setting, value, f"flag {setting.flag}")
        except ValueError as error:
            raise SettingsError(f"{setting.key}: {error}") from None
    return settings


def _flag_value(kind: Kind, given: Value) -> Value:
    match kind:
        case File():
            if given == "":
                raise ValueError("expected a path, found nothing")
            return Path(str(given))
        case Number(low, high):
            text = str(given)
            if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
                raise ValueError(f"expected a number from {low} to {high}, found {given!r}")
            return int(text)
        case Word(words):
            if given not in words:
                raise ValueError(f"expected one of {', '.join(words)}, found {given!r}")
            return given
        case Share():
            return _parse_share(str(given))
        case Files():
            return given if isinstance(given, tuple) else (str(given),)
        case Text() | Switch() | Texts():
            return given


_NUMBER = re.compile(r"[0-9]{1,9}")


def _put(settings: Settings, setting: Setting, value: Value, origin: str) -> Settings:
    changed = setting.put(settings, value)
    return replace(changed, origins={**settings.origins, setting.key: origin})
