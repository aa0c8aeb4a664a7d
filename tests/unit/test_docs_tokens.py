"""The output in docs/tokens.md is that of the command above it."""

import re
from pathlib import Path

import pytest

from authz.cli.main import main
from tests.support.jwts import ISSUER, jwk, jwks, token

TEXT = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text(encoding="utf-8")
POLICY = f"""\
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {{name: tokens}}
spec:
  selector: {{matchLabels: {{app: my-app}}}}
  jwtRules:
    - issuer: {ISSUER}
      jwks: '{jwks(jwk("rsa1", kid="k1"))}'
"""


def test_a_refused_token_is_shown_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "tokens.yaml").write_text(POLICY)
    old = token({"iss": ISSUER, "sub": "s", "exp": 1})
    block = re.search(r"^```\n\$ authz (check .*)\n((?:.*\n)*?)```", TEXT, re.MULTILINE)
    assert block
    flags = ["--workload", "default/app=my-app", "--header", f"Authorization: Bearer {old}"]
    assert main(["check", "--policies", "policies", *flags]) == 2

    assert capsys.readouterr().out.rstrip("\n") == block[2].rstrip("\n")
