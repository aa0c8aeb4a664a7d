"""Who the peer is: principals, namespaces, service accounts, trust domains (§6).

Every name of the peer is tried, any hit counts; a plaintext peer has none.
"""

import re
from collections.abc import Sequence

from tests.reference.match import regex_matches


def principal_matches(value: str, names: Sequence[str], trust_domains: Sequence[str]) -> bool:
    """§6, `principals` and `source.principal`, after trust-domain aliases."""
    return any(principal_form(form, name) for form in with_aliases(value, trust_domains) for name in names)


def principal_form(value: str, name: str) -> bool:
    """§6, rows `principals`. A value that says `spiffe://` itself never matches."""
    if value == "*":
        return regex_matches(".+", name)
    if value.startswith("*"):
        return regex_matches("spiffe://.*" + re.escape(value[1:]), name)
    if value.endswith("*"):
        return name.startswith("spiffe://" + value[:-1])
    return name == "spiffe://" + value


def namespace_matches(value: str, names: Sequence[str]) -> bool:
    """§6, row `namespaces`: stars anywhere, and they cross slashes."""
    glob = ".*".join(re.escape(part) for part in value.split("*"))
    return any(regex_matches(f".*/ns/{glob}/.*", name) for name in names)


def service_account_matches(value: str, names: Sequence[str], policy_namespace: str) -> bool:
    """§6, rows `serviceAccounts`: `ns/sa`, or `sa` in the namespace of the policy; any trust domain."""
    namespace, _, account = value.rpartition("/")
    namespace = re.escape(namespace or policy_namespace)
    regex = f"spiffe://.+/ns/{namespace}/(.+/|)sa/{re.escape(account)}(/.+)?"
    return any(regex_matches(regex, name) for name in names)


def trust_domain_matches(value: str, names: Sequence[str], trust_domains: Sequence[str]) -> bool:
    """§6, rows `trustDomains`; a member of the mesh's trust domains stands for all of them."""
    values = trust_domains if value in trust_domains else (value,)
    return any(trust_domain_form(form, name) for form in values for name in names)


def trust_domain_form(value: str, name: str) -> bool:
    """§6, rows `trustDomains`: exact, one leading or trailing star inside the first segment, `*` for any SPIFFE id."""
    if value == "*":
        return name.startswith("spiffe://")
    if "*" in value:
        glob = "[^/]*".join(re.escape(part) for part in value.split("*"))
        return regex_matches(f"spiffe://{glob}/.*", name)
    return name.startswith(f"spiffe://{value}/")


def with_aliases(value: str, trust_domains: Sequence[str]) -> list[str]:
    """§6, trust-domain aliases: one copy of a principal for each trust domain of the mesh.

    Only a value of five parts that names a trust domain is touched, and only if that is one of
    the mesh's, covers one, or is `cluster.local`, which always means the mesh's own.
    """
    domain, _, rest = value.partition("/")
    if value.count("/") != 4 or domain == "*":
        return [value]
    if domain != "cluster.local" and not any(covers(domain, member) for member in trust_domains):
        return [value]
    return [value if keeps_star(domain, member) else f"{member}/{rest}" for member in trust_domains]


def covers(domain: str, member: str) -> bool:
    """Whether the first part of a principal equals or wildcard-matches a trust domain (§6)."""
    if domain.endswith("*") and member.startswith(domain[:-1]):
        return True
    return domain == member or keeps_star(domain, member)


def keeps_star(domain: str, member: str) -> bool:
    """Whether the first part is a suffix wildcard over this trust domain: then the value stays as it is (§6)."""
    return domain.startswith("*") and member.endswith(domain[1:])
