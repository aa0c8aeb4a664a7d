from __future__ import annotations

import pytest

from authz.model.path import PathNormalization
from authz.resources.mesh_config import MeshConfig
from tests.support.linting import codes, of_condition, of_operation, of_source, warnings_of
from tests.support.reading import HEAD

NONE = MeshConfig(path_normalization=PathNormalization.NONE)
MERGED = MeshConfig(path_normalization=PathNormalization.MERGE_SLASHES)


@pytest.mark.parametrize(
    ("source", "code", "fix"),
    [
        ("principals: ['spiffe://td/ns/a/sa/b']", "AZ911", "write 'td/ns/a/sa/b'"),
        ("notPrincipals: ['spiffe://*']", "AZ911", "write '*'"),
        ("principals: [my-account]", "AZ912", "`serviceAccounts: [NAMESPACE/my-account]`"),
        ("principals: [ns/a/sa/b]", "AZ912", "write TRUST-DOMAIN/ns/a/sa/b"),
        ("principals: ['td/ns/*/sa/b']", "AZ906", "write '*/sa/b'"),
        ("principals: ['*/ns/a/*']", "AZ906", "write `namespaces: [a]`"),
        ("principals: ['*/ns/a/sa/*']", "AZ906", "write `namespaces: [a]`"),
        ("principals: ['td/*/b']", "AZ906", "use `namespaces`"),
        ("namespaces: [a/b]", "AZ913", "`serviceAccounts: [a/b]`"),
        ("namespaces: ['a/*']", "AZ913", "write the namespace alone"),
        ("namespaces: [' a']", "AZ905", "write 'a'"),
        ("ipBlocks: [10.1.2.3/8]", "AZ915", "the whole block 10.0.0.0/8; write that, or 10.1.2.3"),
        ("notRemoteIpBlocks: ['fd00::1/64']", "AZ915", "fd00::/64"),
        ("ipBlocks: ['::ffff:10.0.0.1']", "AZ916", "write '10.0.0.1'"),
        ("ipBlocks: ['::FFFF:10.0.0.0/104']", "AZ916", "write '10.0.0.0/8'"),
        ("ipBlocks: [0.0.0.0/0]", "AZ916", "write '::/0' beside it"),
        ("ipBlocks: ['::/0']", "AZ916", "write '0.0.0.0/0' beside it"),
        ("requestPrincipals: ['https://iss*']", "AZ931", "write 'https://iss/*'"),
        ("requestPrincipals: ['https://iss']", "AZ931", "wants the issuer 'https:/'"),
        ("requestPrincipals: ['https://*']", "AZ931", "write '*'"),
        ("requestPrincipals: ['*/*']", "AZ906", "write '*' for any token"),
        ("requestPrincipals: ['*iss/*']", "AZ906", "ISSUER/* for any subject"),
    ],
)
def test_what_is_odd_in_a_source_has_its_code_and_a_fix(source: str, code: str, fix: str) -> None:
    if "equestPrincipals" in source:
        source += ", namespaces: [a]"
    (warning,) = of_source(f"{{{source}}}")
    assert warning.code.value == code
    assert warning.field.startswith("spec.rules[0].from[0].source.")
    assert fix in warning.message


@pytest.mark.parametrize(
    "source",
    [
        "principals: [td/ns/a/sa/b, td/ns/a/*, '*/sa/b', '*', td/other/form, '*b', 'a*', td/b]",
        "namespaces: [a, 'a*b*c', '*']",
        "serviceAccounts: [a, b/c]",
        "trustDomains: [td, '*.td']",
        "ipBlocks: [10.0.0.0/8, 10.1.2.3, 10.1.2.3/32, 'fd00::/8', '::1', 0.0.0.0/0, '::/0']",
        "notIpBlocks: [0.0.0.0/0]",
        "requestPrincipals: ['*', 'https://iss/*', 'https://iss/a*', 'iss*', '*/me', '*me', 'https://iss/path*', a/b]",
    ],
)
def test_a_sound_source_is_left_alone(source: str) -> None:
    assert codes(of_source(f"{{{source}, remoteIpBlocks: [10.0.0.1]}}")) == []


@pytest.mark.parametrize(("action", "field", "said"), [
    ("DENY", "ipBlocks", True), ("DENY", "notIpBlocks", False), ("ALLOW", "ipBlocks", False),
    ("ALLOW", "notIpBlocks", True), ("AUDIT", "ipBlocks", False),
])  # fmt: skip
def test_a_family_is_missed_where_a_miss_lets_through(action: str, field: str, said: bool) -> None:  # noqa: FBT001
    assert codes(of_source(f"{{{field}: [0.0.0.0/0]}}", action)) == ["AZ916"] * said


def test_a_trust_domain_under_when_may_not_have_a_scheme() -> None:
    assert codes(of_condition("{key: source.trustDomain, values: ['spiffe://td']}")) == ["AZ911"]
    assert codes(of_condition("{key: source.trustDomain, values: [td/ns/a]}")) == []


@pytest.mark.parametrize(("namespace", "accounts", "said"), [
    ("istio-system", "[a]", True), ("istio-system", "[b/a]", False), ("foo", "[a]", False),
])  # fmt: skip
def test_an_account_without_namespace_is_odd_in_the_root_namespace(
    namespace: str, accounts: str, said: bool  # noqa: FBT001
) -> None:  # fmt: skip
    head = HEAD.replace("foo", namespace)
    found = warnings_of(f"{head}spec: {{rules: [{{from: [{{source: {{serviceAccounts: {accounts}}}}}]}}]}}")
    assert codes(found) == ["AZ914"] * said
    assert all("NAMESPACE/a, and istio-system/a if" in warning.message for warning in found)


@pytest.mark.parametrize(
    ("operation", "code", "fix"),
    [
        ("methods: [get]", "AZ921", "write 'GET'"),
        ("methods: ['ge*']", "AZ921", "write 'GE*'"),
        ("methods: [GETS]", "AZ922", "did you mean 'GET'?"),
        ("methods: [grpc]", "AZ922", "every gRPC call is a POST"),
        ("methods: ['GET,POST']", "AZ922", ""),
        ("methods: ['*X']", "AZ922", "one method a value"),
        ("methods: ['G*T']", "AZ906", "list what is meant"),
        ("paths: [admin]", "AZ923", "write '/admin'"),
        ("paths: ['admin*']", "AZ923", "write '/admin*'"),
        ("paths: ['https://a.b/c']", "AZ923", "write '/c'"),
        ("paths: ['/a?b=c']", "AZ924", "write '/a'"),
        ("paths: ['/a#b']", "AZ924", "write '/a'"),
        ("paths: ['*?b']", "AZ924", "never matches"),
        ("paths: ['/a/../b']", "AZ925", "write '/b'"),
        ("paths: ['/%61']", "AZ925", "write '/a'"),
        ("paths: ['/%61*']", "AZ925", "write '/a*'"),
        ("paths: ['*/../b']", "AZ925", "does not match"),
        ("paths: ['*/./b']", "AZ925", "write '*/b'"),
        (r"paths: ['/a\b']", "AZ925", "write '/a/b'"),
        ("paths: ['/%7Euser/{*}']", "AZ925", "does not match"),
        ("paths: ['/a b']", "AZ925", "write '/a%20b'"),
        ("paths: [/é]", "AZ925", "write '/%C3%A9'"),
        ("paths: ['/a/*/b']", "AZ906", "write the template '/a/{*}/b'"),
        ("paths: ['/a/*/b/*']", "AZ906", "write the template '/a/{*}/b/{**}'"),
        ("paths: ['/a/**']", "AZ906", "write '/a/*'"),
        ("paths: ['*/a/*']", "AZ906", "a template such as"),
        ("paths: ['/a/b*c']", "AZ906", "taken literally"),
        ("hosts: ['https://a.b']", "AZ926", "write 'a.b'"),
        ("hosts: [a.b/c]", "AZ926", "write 'a.b'"),
        ("hosts: ['a.*.b']", "AZ906", "list what is meant"),
    ],
)
def test_what_is_odd_in_an_operation_has_its_code_and_a_fix(operation: str, code: str, fix: str) -> None:
    (warning,) = of_operation(f"{{{operation}}}")
    assert warning.code.value == code
    assert warning.field == f"spec.rules[0].to[0].operation.{operation.partition(':')[0]}[0]"
    assert fix in warning.message


@pytest.mark.parametrize(
    "operation",
    [
        "methods: [GET, PURGE, M-SEARCH, '*', 'P*', '*T']",
        "paths: ['*', /, '/a*', '*.js', '/a/{*}/b', '/a/{**}', '/a/.hidden', '/a/..b*', '/a/.*', '/a//b', '/a%2Fb']",
        "paths: ['*./x', '*1', '/%', '/a;b=c', '/%c3%a9', '*/', '/a/..*']",
        "hosts: [a.b, A.B, 'a.b:80', '*.b', 'a.*', '*']",
        "ports: ['80']",
    ],
)
def test_a_sound_operation_is_left_alone(operation: str) -> None:
    assert codes(of_operation(f"{{{operation}}}")) == []


def test_normal_is_what_the_mesh_says() -> None:
    assert codes(of_operation("{paths: ['/a/../b', '/%61']}", config=NONE)) == []
    (merged,) = of_operation("{paths: ['/a//b*']}", config=MERGED)
    assert (merged.code.value, "write '/a/b*'" in merged.message) == ("AZ925", True)


@pytest.mark.parametrize(
    ("action", "operation", "said"),
    [
        ("DENY", "hosts: [a.b]", 1),
        ("DENY", "hosts: [a.b, '*.b']", 2),
        ("ALLOW", "notHosts: [a.b]", 1),
        ("CUSTOM, provider: {name: p}", "hosts: [a.b]", 1),
        ("ALLOW", "hosts: [a.b]", 0),
        ("DENY", "notHosts: [a.b]", 0),
        ("AUDIT", "hosts: [a.b]", 0),
        ("DENY", "hosts: [a.b, 'A.B:*']", 0),
        ("DENY", "hosts: [A.b, 'a.b*']", 0),
        ("DENY", "hosts: ['*.b', '*.b:80']", 0),
        ("DENY", "hosts: ['*', 'a*', 'a.b:80']", 0),
    ],
)
def test_a_host_without_port_is_odd_where_a_miss_lets_through(action: str, operation: str, said: int) -> None:
    config = MeshConfig()
    found = [one for one in of_operation(f"{{{operation}}}", action, config) if one.code.value != "AZ902"]
    assert codes(found) == ["AZ927"] * said


@pytest.mark.parametrize(
    ("condition", "code", "fix"),
    [
        ("key: connection.sni, values: [A.b]", "AZ928", "write 'a.b'"),
        ("key: connection.sni, values: ['a.b:443']", "AZ928", "write 'a.b'"),
        ("key: connection.sni, values: ['https://a.b/c']", "AZ928", "write 'a.b'"),
        ("key: connection.sni, values: ['a.*.b']", "AZ906", ""),
        ("key: 'request.headers[host]', values: [a.b]", "AZ929", "use `hosts`"),
        ("key: 'request.headers[:authority]', notValues: [A.b]", "AZ929", "use `notHosts`"),
        ("key: 'request.headers[:path]', values: [/a]", "AZ929", "'/a?x' is let through; use `paths`"),
        ("key: 'request.headers[user-agent]', values: ['*curl*']", "AZ906", "no way to ask for a part"),
        ("key: 'request.headers[x]', values: ['a ']", "AZ905", "write 'a'"),
        ("key: 'request.auth.claims[groups]', values: ['*admin*']", "AZ906", "no way to ask for a part"),
        ("key: 'request.auth.claims[realm_access.roles]', values: [a]", "AZ932", "claims[realm_access][roles]"),
        ("key: 'request.auth.claims[a[b]]', values: [a]", "AZ932", "brackets do not nest"),
        ("key: 'request.auth.claims[scope]', values: [a b]", "AZ933", "one part a value"),
        ("key: 'request.auth.claims[permission]', values: ['a b*']", "AZ933", "`permission` is split"),
        ("key: 'request.auth.claims[email_verified]', values: ['true']", "AZ934", "`email_verified` is true or false"),
        ("key: 'request.auth.claims[exp]', notValues: ['1']", "AZ934", "`exp` is a number"),
    ],
)
def test_what_is_odd_in_a_condition_has_its_code_and_a_fix(condition: str, code: str, fix: str) -> None:
    (warning,) = of_condition(f"{{{condition}}}")
    assert warning.code.value == code
    assert warning.field.startswith("spec.rules[0].when[0].")
    assert fix in warning.message


@pytest.mark.parametrize(
    "condition",
    [
        "key: connection.sni, values: [a.b, '*.b', '*', a.b.]",
        "key: 'request.headers[host]', notValues: [a.b]",
        "key: 'request.headers[host]', values: ['*']",
        "key: 'request.headers[:path]', values: ['/a*', '*']",
        "key: 'request.headers[:path]', notValues: [/a]",
        "key: 'request.headers[:method]', values: [get]",
        "key: 'request.headers[accept]', values: ['*/*', 'text/*;q=1', 'a*b']",
        "key: 'request.auth.claims[https://a.b/roles]', values: [a]",
        "key: 'request.auth.claims[kubernetes.io][namespace]', values: [a]",
        "key: 'request.auth.claims[com.example.role]', values: [a]",
        "key: 'request.auth.claims[example.com]', values: [a]",
        "key: 'request.auth.claims[a][exp]', values: ['1']",
        "key: 'request.auth.claims[scope]', values: [a, 'a:*:b', '*:*']",
        "key: 'request.auth.claims[name]', values: [a b, 'true', '1']",
        "key: 'request.auth.audiences', values: ['https://a.b/c']",
        "key: 'experimental.envoy.filters.a[b.c]', values: [' a', '[b]', 'a*b']",
        "key: destination.port, values: ['80']",
    ],
)
def test_a_sound_condition_is_left_alone(condition: str) -> None:
    assert codes(of_condition(f"{{{condition}}}")) == []
