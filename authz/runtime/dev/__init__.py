"""Certificates and tokens for trying things, never for production.

`certificates` and `keys` make them in memory, `files` keeps them where only
their owner reads them. `authz dev`, the quickstart and the end-to-end tests
build on it. May import the model, `identity`, `sources`, cryptography and PyJWT.

What is made here says so: an authority in its subject, and so every certificate
of it in its issuer; a token in its header.
"""

MARK = "authz dev, not for production"
