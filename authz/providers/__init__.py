"""Clients of other authorizers: what CUSTOM policies ask. Front door: `clients.Providers`.

The way of a question: `question.py` (the CheckRequest as we got it -> what the provider is to see of it),
`grpc_client.py` or `http_client.py` (there and back, without blocking anybody), `answer.py` (what came back -> an
answer, or why it cannot be one), `clients.py` (how many at once, how long, and what a failure means). May import model
and resources, and `authz.pb`; knows no other edge.
"""
