from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from authz.cli.main import main
from authz.identity.svid import Svid, read_svid
from authz.runtime.dev import MARK

ADMIN = "spiffe://cluster.local/ns/ops/sa/admin"
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def _ca(capsys: Said) -> None:
    assert main(["dev", "ca"]) == 0
    capsys.readouterr()


def test_it_says_what_it_wrote_what_to_try_and_that_it_is_not_for_production(capsys: Said) -> None:
    assert main(["dev", "ca", "--out", "a dir"]) == 0
    said = capsys.readouterr()
    assert said.err == "authz dev: for trying things, never for production\n"
    assert [line.split(":")[0] for line in said.out.splitlines()[:2]] == ["wrote  a dir/ca.crt", "wrote  a dir/ca.key"]
    assert main(["dev", "cert", "--ca", "a dir", "--spiffe-id", ADMIN]) == 0
    assert "--ca 'a dir'" in said.out.splitlines()[2]
    assert "curl --cacert 'a dir/ca.crt' --cert 'a dir/tls.crt'" in capsys.readouterr().out


@pytest.mark.usefixtures("_ca")
def test_machines_are_told_the_same(capsys: Said) -> None:
    flags = ["--dns", "localhost", "--ip", "127.0.0.1", "--server", "--days", "2", "--out", "web/"]
    assert main(["dev", "cert", "--spiffe-id", ADMIN, *flags, "--output", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    svid = read_svid(Path(said["certificate"]).read_bytes())
    assert isinstance(svid, Svid)
    assert said == {
        "certificate": "web/tls.crt",
        "key": "web/tls.key",
        "ca": "authz-dev/ca.crt",
        "spiffe_id": ADMIN,
        "dns": ["localhost"],
        "ip": ["127.0.0.1"],
        "usages": ["server"],
        "expires": svid.expires.isoformat(),
    }
    assert main(["dev", "ca", "--force", "--output", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["certificate"], told["key"], told["spiffe_id"]) == (
        "authz-dev/ca.crt",
        "authz-dev/ca.key",
        "spiffe://cluster.local",
    )


@pytest.mark.usefixtures("_ca")
@pytest.mark.parametrize(
    "flags, certificate",
    [
        ([], "authz-dev/tls.crt"),
        (["--out", "a"], "a.crt"),
        (["--out", "b/c.d"], "b/c.d.crt"),
        (["--out", "."], "tls.crt"),
    ],
)
def test_a_prefix_names_both_files(flags: list[str], certificate: str) -> None:
    assert main(["dev", "cert", "--spiffe-id", ADMIN, *flags]) == 0
    assert Path(certificate).is_file()
    assert Path(certificate).with_suffix(".key").is_file()


@pytest.mark.usefixtures("_ca")
@pytest.mark.parametrize(
    "arguments, said",
    [
        (["ca"], "authz-dev/ca.key exists already; --force replaces it"),
        (["cert", "--spiffe-id", ADMIN, "--ca", "other"], "other holds no CA (ca.crt); `authz dev ca` makes one"),
        (["cert", "--spiffe-id", "spiffe://other.test/a"], "authz dev ca --trust-domain other.test --out DIR"),
        (["cert", "--spiffe-id", ADMIN, "--out", "authz-dev/ca", "--force"], "authz-dev/ca.crt is the CA's own"),
    ],
)
def test_a_refusal_has_its_reason_and_status_1(capsys: Said, arguments: list[str], said: str) -> None:
    before = Path("authz-dev/ca.crt").read_bytes()
    assert main(["dev", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert Path("authz-dev/ca.crt").read_bytes() == before


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["cert"], "--spiffe-id"),
        (["cert", "--spiffe-id", "spiffe://cluster.local"], "it names a whole trust domain"),
        (["cert", "--spiffe-id", "spiffe://cluster.local/a/../b"], "its path has the segment '..'"),
        (["cert", "--spiffe-id", ADMIN, "--client", "--server"], "not allowed with"),
        (["ca", "--days", "0"], "expected whole days, 1 to 365"),
        (["ca", "--trust-domain", "a/b"], "a trust domain has no path"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_writes_nothing(capsys: Said, arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["dev", *arguments])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
    assert not list(Path().iterdir())


@pytest.mark.parametrize("thing", ["ca", "cert", "token", "jwks"])
def test_the_help_says_what_it_is_for(capsys: Said, thing: str) -> None:
    with pytest.raises(SystemExit):
        main(["dev", thing, "--help"])
    assert "For development, never for production." in " ".join(capsys.readouterr().out.split())


@pytest.mark.e2e
@pytest.mark.usefixtures("_ca")
@pytest.mark.skipif(not shutil.which("openssl"), reason="without openssl")
def test_openssl_verifies_what_is_issued() -> None:
    assert main(["dev", "cert", "--spiffe-id", ADMIN, "--dns", "localhost"]) == 0
    files = ["-CAfile", "authz-dev/ca.crt", "authz-dev/tls.crt"]
    for purpose in ("sslclient", "sslserver"):
        subprocess.run(
            ["openssl", "verify", "-x509_strict", "-purpose", purpose, *files], check=True, capture_output=True
        )
    shown = subprocess.run(
        ["openssl", "x509", "-in", "authz-dev/tls.crt", "-noout", "-issuer"], check=True, capture_output=True, text=True
    )
    assert MARK in shown.stdout
