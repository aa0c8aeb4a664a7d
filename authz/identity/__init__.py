"""Who is calling: certificates and tokens. Pure: keys and bundles are data here, the time is an argument.

Imports the model, cryptography and PyJWT.
"""
