"""Settings: file and flags -> one frozen `Settings`. A flag wins over the file, the file over the default."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from authz.decision.engine import EngineSettings
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
    may take once we are told to stop.
    """

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
    settings = _settings(SourceFile(str(path), content), path.parent, problems)
    if problems.has_errors():
        raise SettingsError("\n".join(map(str, problems)))
    return settings


def _settings(file: SourceFile, base: Path, problems: Problems) -> Settings:
    documents = read_documents([file], problems)
    fields = Fields(file.name, problems)
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
    texts = {key: fields.string(root.get(key), key) for key in ("listen", "workload")}
    try:
        return apply_flags(settings, {key: text for key, text in texts.items() if text is not None})
    except SettingsError as error:
        fields.problem(Code.BAD_SETTING, root, "", str(error))
        return settings


def _path(fields: Fields, root: MappingNode, key: str, base: Path) -> Path | None:
    text = fields.string(root.get(key), key)
    return base / text if text else None


def _deciding(fields: Fields, root: MappingNode) -> DecidingSettings:
    key = "bareRequestPrincipals"
    word = fields.one_of(root.get(key), key, [one.value for one in BareRequestPrincipals])
    return DecidingSettings(BareRequestPrincipals(word)) if word else DecidingSettings()


def apply_flags(settings: Settings, flags: Mapping[str, str]) -> Settings:
    """Settings with what the flags `policies`, `mesh`, `listen` and `workload` say. Raises SettingsError."""
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
        if len(text) == len("unix:"):
            raise SettingsError("listen: expected unix:PATH, found no path")
        return text
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the last port
        raise SettingsError(f"listen: expected HOST:PORT or unix:PATH, found {text!r}")
    return text


def is_loopback(listen: str) -> bool:
    """Whether only this machine can reach an address."""
    host = listen.rpartition(":")[0].strip("[]")
    return listen.startswith("unix:") or host in {"localhost", "::1"} or host.startswith("127.")
