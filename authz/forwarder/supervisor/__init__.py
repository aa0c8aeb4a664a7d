"""Envoy as a child process: finding it, starting it, knowing it is ready, keeping it alive, stopping it.

Envoy is a program here, never an import. Front doors: `Envoy`, one with a configuration that does not change;
`KeptEnvoy`, one that is started again when it ends by itself, and drained before it is stopped.
"""

from authz.forwarder.supervisor.envoy import Envoy
from authz.forwarder.supervisor.errors import EnvoyNotFoundError, ProcessFailedError, SupervisorError
from authz.forwarder.supervisor.find import find_envoy, packaged_envoy
from authz.forwarder.supervisor.kept import EnvoySettings, EnvoyStatus, KeptEnvoy
from authz.forwarder.supervisor.kept_process import Backoff, KeptProcess, KeptStatus, Program
from authz.forwarder.supervisor.process import LoggedProcess
from authz.forwarder.supervisor.surroundings import Surroundings

__all__ = [
    "Backoff",
    "Envoy",
    "EnvoyNotFoundError",
    "EnvoySettings",
    "EnvoyStatus",
    "KeptEnvoy",
    "KeptProcess",
    "KeptStatus",
    "LoggedProcess",
    "ProcessFailedError",
    "Program",
    "SupervisorError",
    "Surroundings",
    "find_envoy",
    "packaged_envoy",
]
