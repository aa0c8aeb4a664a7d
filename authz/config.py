"""Settings: file and flags -> one frozen `Settings`. A flag wins over the file, the file over the default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from authz.decision.engine import EngineSettings
from authz.model.address import parse_address, parse_cidr
from authz.model.errors import SettingsError
from authz.model.problem import Code, Problems
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.model.workload import Workload, parse_workload
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping as MappingNode
from authz.server.transport.grpcio import TransportSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set. `allow_empty`: a set without policies is meant, and allows everything.

    `insecure_listen`: listening beyond this machine without TLS is meant. `drain_seconds`: how long calls in flight
    may take once we are told to stop. `file`: where settings were read from, None without a file.
    """

    file: Path | None = None
    policies: Path | None = None
    mesh: Path | None = None
    workload: Workload | None = None
    allow_empty: bool = False
    insecure_listen: bool = False
    drain_seconds: int = 10
    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    transport: TransportSettings = field(default_factory=TransportSettings)

    @property
    def engine(self) -> EngineSettings:
        """The part that decides."""
        return EngineSettings(self.deciding, self.workload)

    def needs_restart_for(self, running: "Settings") -> bool:
        """Whether these differ from the running ones in more than what decides."""
        return replace(self, workload=running.workload, deciding=running.deciding) != running


_KEYS = (
    "policies",
    "mesh",
    "listen",
    "workload",
    "allowEmpty",
    "insecureListen",
    "drainSeconds",
    "bareRequestPrincipals",
)
_MAX_DRAIN_SECONDS = 3600


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
    root = fields.mapping(documents[0].root, "", _KEYS) if documents else None
    if root is None:
        return Settings()
    settings = Settings(
        policies=_path(fields, root, "policies", base),
        mesh=_path(fields, root, "mesh", base),
        allow_empty=fields.boolean(root.get("allowEmpty"), "allowEmpty") or False,
        insecure_listen=fields.boolean(root.get("insecureListen"), "insecureListen") or False,
        deciding=_deciding(fields, root),
    )
    drain = fields.integer(root.get("drainSeconds"), "drainSeconds", 0, _MAX_DRAIN_SECONDS)
    if drain is not None:
        settings = replace(settings, drain_seconds=drain)
    for key in ("listen", "workload"):
        node = root.get(key)
        text = fields.string(node, key)
        if node is None or text is None:
            continue
        try:
            settings = apply_flags(settings, {key: text})
        except SettingsError as error:
            fields.problem(Code.BAD_SETTING, node, key, str(error).removeprefix(f"{key}: "))
    return settings


def _path(fields: Fields, root: MappingNode, key: str, base: Path) -> Path | None:
    node = root.get(key)
    text = fields.string(node, key)
    if node is not None and text == "":
        fields.problem(Code.EMPTY_VALUE, node, key, "expected a path, found nothing; remove the field or name a file")
    return base / text if text else None


def _deciding(fields: Fields, root: MappingNode) -> DecidingSettings:
    key = "bareRequestPrincipals"
    word = fields.one_of(root.get(key), key, [one.value for one in BareRequestPrincipals])
    return DecidingSettings(BareRequestPrincipals(word)) if word else DecidingSettings()


def apply_flags(settings: Settings, flags: Mapping[str, str]) -> Settings:
    """Settings with what the flags `policies`, `mesh`, `listen` and `workload` say. Raises SettingsError."""
    for key in ("policies", "mesh"):
        if flags.get(key) == "":
            raise SettingsError(f"{key}: expected a path, found nothing")
    if "policies" in flags:
        settings = replace(settings, policies=Path(flags["policies"]))
    if "mesh" in flags:
        settings = replace(settings, mesh=Path(flags["mesh"]))
    if "listen" in flags:
        listen = check_listen(flags["listen"])
        settings = replace(settings, transport=replace(settings.transport, listen=listen))
    if "workload" in flags:
        try:
            settings = replace(settings, workload=parse_workload(flags["workload"]))
        except ValueError as error:
            raise SettingsError(f"workload: {error}") from None
    return settings


def check_listen(text: str) -> str:
    """An address to listen on: `HOST:PORT`, `[::1]:PORT` or `unix:PATH`. Raises SettingsError."""
    if text.startswith("unix:"):
        if len(text) == len("unix:") or "\0" in text:
            raise SettingsError(f"listen: expected unix:PATH, found {text!r}")
        return text
    host, _, port = text.rpartition(":")
    if not (_HOST.fullmatch(host) or _is_bracketed(host)) or not _PORT.fullmatch(port) or int(port) > _MAX_PORT:
        raise SettingsError(f"listen: expected HOST:PORT, [IPv6]:PORT or unix:PATH, found {text!r}")
    return text


_HOST = re.compile(r"[A-Za-z0-9._-]+")
_PORT = re.compile(r"[0-9]{1,5}")
_MAX_PORT = 65535
_LOOPBACK = (parse_cidr("127.0.0.0/8"), parse_cidr("::1"))


def _is_bracketed(host: str) -> bool:
    inner = host[1:-1].partition("%")[0]
    return host.startswith("[") and host.endswith("]") and ":" in inner and parse_address(inner) is not None


def is_loopback(listen: str) -> bool:
    """Whether only this machine can reach an address. A name other than `localhost` may mean any machine."""
    if listen.startswith("unix:"):
        return True
    host = listen.rpartition(":")[0]
    address = parse_address(host.removeprefix("[").removesuffix("]"))
    return host == "localhost" or (address is not None and any(address in block for block in _LOOPBACK))
