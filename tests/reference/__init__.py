"""The meaning of AuthorizationPolicy and RequestAuthentication, written plainly and slowly.

A second opinion: no product code imports this, and this imports no product
code. It reads policies as `yaml.safe_load` gives them and scans them one by
one; the product may be as clever as it likes and must agree.

Front door: `decide`, and `decide_with_tokens` for policies of both kinds. Start reading there, then `rules`, then the
attribute modules (`identity`, `claims`, `headers`, `addresses`, `paths`), all on top of
`match`; `scope` says which policies apply to a workload, `tokens` what a request's tokens come to.

Numbers after `§` are sections of the semantics document of AuthorizationPolicy
(1 resource, 2 scope, 3 order, 4 value forms, 5 request attributes, 6 identity,
7 token, 8 missing and TCP, 9 results). `contract:` marks what only the contract of a
decision says, `recorded:` what only the recorded decisions of a real Envoy say.

Policies are taken to be valid; what validation rejects has no meaning here.
"""

from tests.reference.decide import decide, decide_with_tokens
from tests.reference.model import Mesh, Policy, Request, Shadow, Verdict, Workload
from tests.reference.tokens import Refused

__all__ = ["Mesh", "Policy", "Refused", "Request", "Shadow", "Verdict", "Workload", "decide", "decide_with_tokens"]
