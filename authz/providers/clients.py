"""The providers of a set in force, ready to be asked: how many at once, how long, and what a failure means."""

import logging
import threading
import weakref
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from functools import partial

from authz.model.address import parse_address
from authz.model.custom import ProviderAllows, ProviderAnswer, ProviderDenies, Question
from authz.model.decision import Reason
from authz.providers.answer import Failed
from authz.providers.grpc_client import GrpcClient
from authz.providers.http_client import HttpClient, Loop
from authz.providers.limits import Limits, patience, settle
from authz.providers.question import NotAskableError, grpc_metadata, grpc_question, hops_of, http_question, parse
from authz.resources.extension_provider import ExtensionProvider, ProviderKind

_log = logging.getLogger(__name__)


class ProviderClient:
    """Asks one provider. Every question has an answer: what fails is denied, or passes where `failOpen` says so.

    Its connections are closed when nobody refers to it any longer: a set that has been replaced keeps its clients for
    as long as a request is decided by it.
    """

    def __init__(self, provider: ExtensionProvider, limits: Limits, loop: Loop) -> None:
        self.provider = provider
        self._limits = limits
        self._asking = 0
        self._failing = False
        self._lock = threading.Lock()
        self._client: GrpcClient | HttpClient
        if provider.kind is ProviderKind.GRPC:
            self._client = GrpcClient(_address(provider), provider.host, limits)
        else:
            self._client = HttpClient(provider.host, provider.port, provider.http, limits, loop)
        self.close = weakref.finalize(self, self._client.close)

    def ask(self, question: Question) -> Future[ProviderAnswer]:
        """Ask, without blocking. To cancel the future is to hang up."""
        answer: Future[ProviderAnswer] = Future()
        if not self._enter():
            detail = f"{self._limits.concurrent} requests wait for the provider already"
            answer.set_result(ProviderDenies(reason=Reason.CUSTOM_OVERLOADED, detail=detail))
            return answer
        try:
            asked = self._ask(question)
        except NotAskableError as error:
            self._leave()
            answer.set_result(error.denial)
        except BaseException:
            self._leave()
            raise
        else:
            asked.add_done_callback(partial(self._answered, answer))
            answer.add_done_callback(lambda answer: asked.cancel() if answer.cancelled() else None)
        return answer

    def _ask(self, question: Question) -> Future[ProviderAnswer | Failed]:
        message = parse(question)
        hops = hops_of(message, question.metadata)
        if hops >= self._limits.hops:
            detail = f"{hops} authorizers have passed this request on: they ask one another in a circle"
            raise NotAskableError(detail, reason=Reason.CUSTOM_LOOP)
        seconds = patience(self.provider.timeout.total_seconds(), question.seconds)
        if seconds <= 0:
            too_late: Future[ProviderAnswer | Failed] = Future()
            too_late.set_result(Failed("the caller leaves no time to ask"))
            return too_late
        if isinstance(self._client, GrpcClient):
            request = grpc_question(message, self.provider)
            return self._client.ask(request, grpc_metadata(question.metadata, hops), seconds)
        return self._client.ask(http_question(message, self.provider, hops), seconds)

    def _answered(self, answer: Future[ProviderAnswer], asked: Future[ProviderAnswer | Failed]) -> None:
        self._leave()
        if asked.cancelled():
            answer.cancel()
            return
        error = asked.exception()
        if error is not None:
            _log.error("asking the provider %s failed", self.provider.name, exc_info=error)
            settle(answer, ProviderDenies(reason=Reason.INTERNAL_ERROR))
            return
        found = asked.result()
        settle(answer, self._failed(found) if isinstance(found, Failed) else self._succeeded(found))

    def _failed(self, failed: Failed) -> ProviderAnswer:
        provider = self.provider
        if not self._failing:
            self._failing = True
            meant = "pass (failOpen)" if provider.fail_open else f"are denied with {provider.status_on_error}"
            _log.error("the provider %s cannot be asked: %s; requests %s", provider.name, failed.detail, meant)
        if provider.fail_open:
            return ProviderAllows(failed_open=failed.detail)
        return ProviderDenies(provider.status_on_error, reason=Reason.CUSTOM_FAILED, detail=failed.detail)

    def _succeeded(self, answer: ProviderAnswer) -> ProviderAnswer:
        if self._failing:
            self._failing = False
            _log.warning("the provider %s answers again", self.provider.name)
        return answer

    def _enter(self) -> bool:
        with self._lock:
            if self._asking >= self._limits.concurrent:
                return False
            self._asking += 1
            return True

    def _leave(self) -> None:
        with self._lock:
            self._asking -= 1


class ProviderClients:
    """The clients of one set, by the providers' names."""

    def __init__(self, clients: Mapping[str, ProviderClient]) -> None:
        self._clients = clients

    def ask(self, provider: str, question: Question) -> Future[ProviderAnswer]:
        """Ask a provider of the set, without blocking. To cancel the future is to hang up."""
        return self._clients[provider].ask(question)


class Providers:
    """The clients of a running authorizer, from one set to the next."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._loop = Loop()
        self._clients: dict[ExtensionProvider, ProviderClient] = {}

    def connect(self, providers: Iterable[ExtensionProvider]) -> ProviderClients:
        """The clients of a new set. A provider that stayed the same keeps its client, and so its connections."""
        known = self._clients
        self._clients = {
            provider: known.get(provider) or ProviderClient(provider, self._limits, self._loop)
            for provider in providers
        }
        for provider in self._clients.keys() - known.keys():
            _say_how(provider)
        return ProviderClients({provider.name: client for provider, client in self._clients.items()})

    def close(self) -> None:
        """Close all connections. Who is asked from now on cannot be reached."""
        self._loop.cancel_all()
        for client in self._clients.values():
            client.close()
        self._loop.stop()


def _say_how(provider: ExtensionProvider) -> None:
    where = f"{provider.name} at {_address(provider)}"
    if not _is_local(provider.host):
        _log.warning("the provider %s is asked in plain text, with the callers' Authorization headers", where)
    if provider.fail_open:
        _log.warning("the provider %s fails open: what it cannot be asked about passes it", where)


def _address(provider: ExtensionProvider) -> str:
    return f"[{provider.host}]:{provider.port}" if ":" in provider.host else f"{provider.host}:{provider.port}"


def _is_local(host: str) -> bool:
    return host in {"localhost", "::1"} or (host.startswith("127.") and parse_address(host) is not None)
