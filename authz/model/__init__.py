"""What we talk about: requests, rules, decisions, problems. Standard library only; knows nothing above it.

Glossary, the words of Istio and Envoy:

- *policy*: a resource with an *action* (ALLOW, DENY, AUDIT, CUSTOM) and *rules*; a rule has *sources*, *operations* and
  *conditions*. A *selector* or *target reference* says which *workloads* it is for; the *root namespace* is for all.
- *principal*: the name of the *peer*, from its certificate. *request principal*: `ISSUER/SUBJECT` of the token.
- *source ip*: the direct peer. *remote ip*: the original client. Never just "ip".
- *fact*: what a rule compares, made from the raw request. *decision*: allowed or denied, with the reason and the rule.
- *shadow*: what a dry-run policy would have done.
"""
