"""What an author did wrong, as a value: found everywhere, reported once, sorted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from authz.model.where import Where


class Severity(Enum):
    """`ERROR`: the set is not served. `WARNING`: legal, and surely not what was meant."""

    ERROR = "error"
    WARNING = "warning"


class Code(Enum):
    """Every problem we report. A code never changes its meaning; `docs/problems.md` has them with examples.

    AZ0: files and documents. AZ10 and AZ11: AuthorizationPolicy, AZ12: RequestAuthentication, AZ13: PeerAuthentication.
    AZ2: the mesh. AZ3: our own settings. AZ4: requests to try. AZ5: routing. AZ9: warnings.
    """

    UNREADABLE_FILE = "AZ001"
    NOT_UTF8 = "AZ002"
    SYNTAX = "AZ003"
    TOO_LARGE = "AZ004"
    DUPLICATE_KEY = "AZ005"
    UNSUPPORTED_YAML = "AZ006"
    NO_RESOURCES = "AZ007"
    NOT_A_RESOURCE = "AZ010"
    UNKNOWN_KIND = "AZ011"
    DUPLICATE_RESOURCE = "AZ012"
    UNKNOWN_FIELD = "AZ020"
    WRONG_TYPE = "AZ021"
    MISSING_FIELD = "AZ022"
    BAD_NAME = "AZ023"
    TOO_MANY = "AZ024"
    EMPTY_VALUE = "AZ025"
    NOT_ONE_OF = "AZ026"

    BAD_CIDR = "AZ101"
    BAD_PORT = "AZ102"
    BAD_TEMPLATE = "AZ103"
    BAD_SERVICE_ACCOUNT = "AZ104"
    BAD_TRUST_DOMAIN = "AZ105"
    BAD_CONDITION_KEY = "AZ106"
    NO_VALUES = "AZ107"
    NO_RULES = "AZ108"
    EMPTY_ENTRY = "AZ109"
    CONFLICTING_FIELDS = "AZ110"
    BAD_PROVIDER = "AZ111"
    NOT_WITH_CUSTOM = "AZ112"
    BAD_SELECTOR = "AZ113"
    BAD_TARGET_REF = "AZ114"
    BAD_DRY_RUN = "AZ115"

    NO_ISSUER = "AZ121"
    BAD_JWKS_URI = "AZ122"
    BAD_JWKS = "AZ123"
    BAD_HEADER_NAME = "AZ124"
    BAD_TIMEOUT = "AZ125"

    PORTS_WITHOUT_SELECTOR = "AZ131"
    NO_PORTS = "AZ132"
    BAD_MTLS_PORT = "AZ133"

    BAD_MESH_VALUE = "AZ201"

    BAD_SETTING = "AZ301"
    BAD_TRUST_BUNDLE = "AZ302"
    BAD_CRL = "AZ303"

    BAD_REQUEST = "AZ401"

    TLS_MISMATCH = "AZ501"
    NO_CERTIFICATE = "AZ502"
    BAD_BIND = "AZ503"

    MESH_WILDCARD = "AZ521"
    OVERLAPPING_HOSTS = "AZ522"
    BAD_GATEWAY_REF = "AZ523"
    BAD_DELEGATE = "AZ524"
    CLAIM_IN_MESH = "AZ525"
    BAD_HEADER_OPERATION = "AZ526"
    NO_WEIGHT = "AZ527"
    UNCOVERED_SNI = "AZ528"
    OVERLAPPING_SNI = "AZ529"

    BAD_LOCALITY = "AZ551"
    BAD_CREDENTIAL = "AZ552"

    BAD_RESOLUTION = "AZ561"

    BAD_ADDRESS = "AZ571"

    BAD_SECRET = "AZ581"  # noqa: S105 - a code

    BAD_DURATION = "AZ591"
    BAD_HOST = "AZ592"
    BAD_EXPORT_TO = "AZ593"
    RESERVED_ANNOTATION = "AZ594"
    DUPLICATE_ENTRY = "AZ595"
    EMPTY_BLOCK = "AZ596"
    NOT_SERVED = "AZ597"
    BAD_REGEX = "AZ598"

    BARE_REQUEST_PRINCIPAL = "AZ901"
    UNKNOWN_PROVIDER = "AZ902"
    EMPTY_VALUES = "AZ903"
    UNKNOWN_IGNORE = "AZ904"
    STRAY_BLANK = "AZ905"
    LITERAL_STAR = "AZ906"

    SCHEME_IN_PRINCIPAL = "AZ911"
    PARTIAL_PRINCIPAL = "AZ912"
    SLASH_IN_NAMESPACE = "AZ913"
    ACCOUNT_OF_ROOT = "AZ914"
    HOST_BITS = "AZ915"
    ONE_ADDRESS_FAMILY = "AZ916"

    METHOD_CASE = "AZ921"
    UNKNOWN_METHOD = "AZ922"
    PATH_START = "AZ923"
    QUERY_IN_PATH = "AZ924"
    PATH_NOT_NORMAL = "AZ925"
    URL_AS_HOST = "AZ926"
    HOST_WITHOUT_PORT = "AZ927"
    SERVER_NAME = "AZ928"
    PSEUDO_HEADER = "AZ929"

    ISSUER_WITHOUT_SUBJECT = "AZ931"
    CLAIM_PATH = "AZ932"
    SPLIT_CLAIM = "AZ933"
    CLAIM_NOT_TEXT = "AZ934"

    ANYONE_BUT = "AZ941"
    NOT_PATHS_FOR_ALL = "AZ942"
    HTTP_ON_TCP_PORT = "AZ943"
    DENIES_TCP = "AZ944"
    STRAY_DASH = "AZ945"
    OR_OF_NOT = "AZ946"
    CONTRADICTION = "AZ947"

    AUDIT_WITHOUT_RULES = "AZ951"
    EMPTY_SELECTOR = "AZ952"
    TARGET_NEVER = "AZ953"
    SEVERAL_PROVIDERS = "AZ954"
    SWALLOWED_RULE = "AZ955"
    ALLOWS_ALL = "AZ956"

    JWKS_NOT_PUBLIC = "AZ961"
    NO_KEYS = "AZ962"

    ROOT_SELECTOR = "AZ971"
    HIDDEN_PEER_AUTHENTICATION = "AZ972"

    OLD_TLS_VERSION = "AZ981"
    UNREACHABLE_ROUTE = "AZ982"
    INEFFECTIVE_MATCH = "AZ983"
    LARGE_RESPONSE = "AZ984"
    ADDRESS_AS_SNI = "AZ985"
    IDLE_FAULT = "AZ986"

    IGNORED_FIELD = "AZ991"
    DEPRECATED_FIELD = "AZ992"
    FAILOVER_WITHOUT_OUTLIERS = "AZ993"
    PARTIAL_WILDCARD = "AZ994"
    SHARED_ADDRESS = "AZ995"
    NO_ADDRESS = "AZ996"

    @property
    def is_warning(self) -> bool:
        """Whether it is of something legal. Only such a code can be ignored."""
        return self.value.startswith("AZ9")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what stands where, what was found, what was expected, and what to write if we know."""

    code: Code
    where: Where
    field: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        kind = "" if self.severity is Severity.ERROR else "warning: "
        subject = f"{self.field}: " if self.field else ""
        return one_line(f"{self.where}: {self.code.value} {kind}{subject}{self.message}")


def one_line(text: str) -> str:
    """Names of files and fields can hold anything: a line break, half a character, commands for a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(slots=True)
class Problems:
    """Collects problems while reading, so that one run shows them all."""

    _found: dict[Problem, None] = field(default_factory=dict)

    def add(self, code: Code, where: Where, subject: str, message: str) -> None:
        """Note an error. The same problem at the same place counts once."""
        self._found[Problem(code, where, subject, message)] = None

    def warn(self, code: Code, where: Where, subject: str, message: str) -> None:
        """Note something legal that surely is not meant."""
        self._found[Problem(code, where, subject, message, Severity.WARNING)] = None

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take over problems that were found elsewhere."""
        self._found.update(dict.fromkeys(problems))

    def has_errors(self) -> bool:
        """Whether anything here keeps the set from being served."""
        return any(problem.severity is Severity.ERROR for problem in self._found)

    def sorted(self) -> tuple[Problem, ...]:
        """All problems by file, line and column, each once."""
        return tuple(sorted(self._found, key=lambda p: (p.where, p.code.value, p.field, p.message)))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.sorted())

    def __len__(self) -> int:
        return len(self._found)
