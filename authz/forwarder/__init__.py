"""The companion forwarder: Envoy does the proxying, this is what configures and runs it.

Front door: `supervisor.find_envoy` and `supervisor.Envoy`, a real Envoy as a
child process. May import `mesh`, `resources`, `model` and `observability`;
knows nothing of decisions.
"""
