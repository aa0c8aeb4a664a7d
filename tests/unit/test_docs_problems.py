"""docs/problems.md lists every problem code once, and each of its examples has the problem it stands for."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from authz.cli.request_file import read_requests
from authz.config import read_settings
from authz.decision.engine import EngineSettings
from authz.decision.load import load_set
from authz.identity.bundle import TrustPaths
from authz.model.errors import SettingsError
from authz.model.problem import Code, Problems
from authz.model.workload import Workload
from authz.resources.documents import SourceFile
from authz.sources.files import read_policy_files

TEXT = (Path(__file__).parents[2] / "docs" / "problems.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (AZ\d{3}) \| [^|]+ \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
BELOW = re.compile(r"^- (AZ\d{3}): (`.+`)\.$", re.MULTILINE)
EXAMPLES = {**dict(ROW.findall(TEXT)), **dict(BELOW.findall(TEXT))}

API = "apiVersion: security.istio.io/v1\n"
KIND = f"{API}kind: AuthorizationPolicy\n"
HEADER = f"{KIND}metadata: {{name: a}}\n"
GRPC = "envoyExtAuthzGrpc: {service: a.b, port: 9000}"
MESH = f"extensionProviders: [{{name: known, {GRPC}}}, {{name: other, {GRPC}}}]"
CUSTOM = f"{KIND}metadata: {{name: %s}}\nspec: {{action: CUSTOM, provider: {{name: %s}}, rules: [{{}}]}}\n"

PEERS = f"{API}kind: PeerAuthentication\nmetadata: {{name: %s}}\n"

VIRTUAL_SERVICE = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n"
GATEWAY = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\n"
RULE = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n"

# What a table cannot hold, by the words that it has instead.
WRITERS: dict[str, Callable[[Path], object]] = {
    "a path that does not exist": lambda _: None,
    "a file with the byte `0xff`": lambda path: path.write_bytes(b"kind: \xff"),
    "65 nested lists": lambda path: path.write_text("[" * 65 + "]" * 65),
    "an empty directory": lambda path: path.mkdir(),
    "two documents of one name": lambda path: path.write_text(f"{HEADER}---\n{HEADER}"),
    "two CUSTOM policies of two providers": lambda path: path.write_text(
        CUSTOM % ("a", "known") + "---\n" + CUSTOM % ("b", "other")
    ),
    "a PeerAuthentication for `app: a` of `istio-system`": lambda path: path.write_text(
        PEERS % "a, namespace: istio-system" + "spec: {selector: {matchLabels: {app: a}}}\n"
    ),
    "two PeerAuthentications of one namespace": lambda path: path.write_text(PEERS % "a" + "---\n" + PEERS % "b"),
    "a VirtualService that answers 102401 bytes": lambda path: path.write_text(
        f"{HEADER}---\n{VIRTUAL_SERVICE}"
        f"spec: {{hosts: [a], http: [{{directResponse: {{status: 200, body: {{string: {'a' * 102401}}}}}}}]}}\n"
    ),
    "a policy with 513 rules": lambda path: path.write_text(f"{HEADER}spec: {{rules: [{'{}, ' * 513}]}}\n"),
}

# What the short forms stand for, each with its place for the example.
SHORT_FORMS = {
    "kind": f"{API}kind: %s\nmetadata: {{name: a}}\n",
    "metadata": f"{KIND}metadata: %s\n",
    "spec": f"{HEADER}spec: %s\n",
    "rule": f"{HEADER}spec: {{rules: [%s]}}\n",
    "source": f"{HEADER}spec: {{rules: [{{from: [{{source: %s}}]}}]}}\n",
    "operation": f"{HEADER}spec: {{rules: [{{to: [{{operation: %s}}]}}]}}\n",
    "condition": f"{HEADER}spec: {{rules: [{{when: [%s]}}]}}\n",
    "peers": PEERS.replace("%s", "a") + "spec: %s\n",
    "virtualService": f"{HEADER}---\n{VIRTUAL_SERVICE}spec: %s\n",
    "http": f"{HEADER}---\n{VIRTUAL_SERVICE}spec: {{hosts: [a], http: [%s]}}\n",
    "match": f"{HEADER}---\n{VIRTUAL_SERVICE}spec: {{hosts: [a], http: [{{match: [%s], redirect: {{uri: /}}}}]}}\n",
    "server": f"{HEADER}---\n{GATEWAY}spec: {{servers: [%s]}}\n",
    "destinationRule": f"{HEADER}---\n{RULE}spec: %s\n",
    "serviceEntry": f"{HEADER}---\n{RULE.replace('DestinationRule', 'ServiceEntry')}spec: %s\n",
    "workloadEntry": f"{HEADER}---\n{RULE.replace('DestinationRule', 'WorkloadEntry')}spec: %s\n",
    "secret": f"{HEADER}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata: %s\n",
    "policy": f"{HEADER}---\n{RULE}spec: {{host: a, trafficPolicy: %s}}\n",
    "jwtRule": f"{API}kind: RequestAuthentication\nmetadata: {{name: a}}\nspec: {{jwtRules: [%s]}}\n",
}


def codes_of(example: str, directory: Path) -> set[str]:
    """The codes that `serve` reports an example with."""
    path, mesh, trust = directory / "example.yaml", directory / "mesh.yaml", directory / "trust"
    mesh.write_text(MESH)
    form, _, content = example.strip("`").partition(": ")
    if example in WRITERS:
        WRITERS[example](path)
    elif form == "settings":
        path.write_text(content)
        with pytest.raises(SettingsError) as raised:
            read_settings(path)
        return set(re.findall(r"\bAZ\d{3}\b", str(raised.value)))
    elif form == "request":
        problems = Problems()
        read_requests(SourceFile("request.yaml", content.encode()), Workload("default"), problems)
        return {problem.code.value for problem in problems}
    elif form == "mesh":
        mesh.write_text(content)
        path.write_text(HEADER)
    elif form in {"bundle", "crl"}:
        path.write_text(HEADER)
        trust.write_text(content)
    else:
        path.write_text(SHORT_FORMS[form] % content if form in SHORT_FORMS else example.strip("`"))
    named = TrustPaths((("", trust),) if form == "bundle" else (), (trust,) if form == "crl" else ())
    loaded = load_set(read_policy_files([path], mesh, named), EngineSettings())
    return {problem.code.value for problem in loaded.problems}


def test_every_code_has_one_row() -> None:
    rows = re.findall(r"^\| (AZ\d{3}) ", TEXT, re.MULTILINE)

    assert rows == sorted(code.value for code in Code)
    assert sorted(EXAMPLES) == rows, "a row has four cells and no stray bar"


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_has_its_problem_and_no_other(code: str, tmp_path: Path) -> None:
    assert codes_of(EXAMPLES[code], tmp_path) == {code}
