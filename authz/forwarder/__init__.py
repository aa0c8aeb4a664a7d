"""The companion forwarder: Envoy does the proxying, this is what configures and runs it.

Front doors: `supervisor.Envoy` and `supervisor.KeptEnvoy`, a real Envoy as a
child process; `snapshot.Snapshot`, all that one Envoy is to be told;
`servicer.AdsServer`, which tells it, by the protocol in `ads`. May import
`mesh`, `resources`, `model`, `observability` and `pb`; knows nothing of
decisions.
"""
