"""What Istio's source fields see in the names of a peer.

Sources: istio/istio pilot/pkg/security/authz/model/generator.go, whose regular expressions are quoted below; here they
are string operations, so that no text of an author or a caller is ever a pattern.
"""

from dataclasses import dataclass
from functools import lru_cache

_SCHEME = "spiffe://"


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer by its names, and what can be read from them. All empty: there is no peer identity."""

    names: tuple[str, ...] = ()
    spiffe_ids: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    service_accounts: tuple[tuple[str, str], ...] = ()
    trust_domains: tuple[str, ...] = ()


@lru_cache(maxsize=65_536)
def read_peer(names: tuple[str, ...]) -> Peer:
    """Read the names of a peer, in the order in which Envoy tries them.

    `spiffe_ids`: what follows `spiffe://`. `namespaces`: each X for which `.*/ns/X/.*` matches a name.
    `service_accounts`: each N and A for which `spiffe://.+/ns/N/(.+/|)sa/A(/.+)?` does. `trust_domains`: each T of
    `spiffe://T/`.
    """
    ids = tuple([name[len(_SCHEME) :] for name in names if name.startswith(_SCHEME)])
    return Peer(
        names=names,
        spiffe_ids=ids,
        namespaces=tuple(dict.fromkeys([namespace for name in names for namespace, _ in _namespaces(name)])),
        service_accounts=tuple(dict.fromkeys([account for one in ids for account in _service_accounts(one)])),
        trust_domains=tuple([domain for one in ids for domain, slash, _ in [one.partition("/")] if slash]),
    )


def _namespaces(name: str) -> list[tuple[str, int]]:
    """Each namespace of a name, and where it ends: at its slash. Places may overlap."""
    found = []
    at = name.find("/ns/")
    while at >= 0:
        end = name.find("/", at + 4)
        if end < 0:
            break
        found.append((name[at + 4 : end], end))
        at = name.find("/ns/", at + 1)
    return found


def _service_accounts(spiffe_id: str) -> list[tuple[str, str]]:
    found = []
    for namespace, end in _namespaces(spiffe_id):
        if end == len("/ns/") + len(namespace):  # `.+`: something stands before /ns/
            continue
        rest = spiffe_id[end:]  # begins with the slash behind the namespace
        at = rest.find("/sa/")
        while at >= 0:
            account, slash, more = rest[at + 4 :].partition("/")
            # directly behind the namespace, or with at least a character and a slash between
            if at != 1 and (not slash or more):
                found.append((namespace, account))
            at = rest.find("/sa/", at + 1)
    return found
