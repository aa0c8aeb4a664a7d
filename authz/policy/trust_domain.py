"""Trust-domain aliases: a policy that names one of the mesh's trust domains means all of them.

Source: istio/istio pilot/pkg/security/trustdomain/bundle.go and util.go.
"""

CLUSTER_LOCAL = "cluster.local"

_IDENTITY_PARTS = 5  # trust domain, "ns", namespace, "sa", account


def expand_principal(principal: str, trust_domains: tuple[str, ...]) -> tuple[str, ...]:
    """The principals that one of a policy stands for.

    `cluster.local` means the mesh's trust domain, whatever that is called; forms that are not a whole identity, or
    begin with a lone `*`, stay as they are.
    """
    domain, slash, rest = principal.partition("/")
    if principal.count("/") != _IDENTITY_PARTS - 1 or domain == "*":
        return (principal,)
    if domain != CLUSTER_LOCAL and not any(_overlap(domain, member) for member in trust_domains):
        return (principal,)
    expanded = [principal if _ends_as(member, domain) else member + slash + rest for member in trust_domains]
    return tuple(dict.fromkeys(expanded))


def expand_trust_domain(domain: str, trust_domains: tuple[str, ...]) -> tuple[str, ...]:
    """The trust domains that one under `trustDomains` stands for; here `cluster.local` is nothing special."""
    return trust_domains if domain in trust_domains else (domain,)


def _overlap(domain: str, member: str) -> bool:
    return (
        member in {domain, "*"}
        or _begins_as(domain, member)
        or _begins_as(member, domain)
        or _ends_as(domain, member)
        or _ends_as(member, domain)
    )


def _begins_as(text: str, pattern: str) -> bool:
    return pattern.endswith("*") and text.startswith(pattern[:-1])


def _ends_as(text: str, pattern: str) -> bool:
    return pattern.startswith("*") and text.endswith(pattern[1:])
