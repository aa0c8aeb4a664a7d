"""Who is calling: certificates, and later tokens. Pure; keys and bundles are data here. Imports `model` and below."""
