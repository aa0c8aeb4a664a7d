"""HTTP providers: one event loop in a thread asks them all, over connections that are kept."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import httpcore

from authz.model.custom import ProviderAnswer
from authz.providers.answer import Failed, RefusedError, read_http_response, refusal
from authz.providers.limits import Limits
from authz.providers.question import HttpQuestion, NotAskableError
from authz.resources.extension_provider import HttpCheck

Value = TypeVar("Value")


class Loop:
    """An event loop in a thread of its own, started when it is first needed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def run(self, coroutine: Coroutine[Any, Any, Value]) -> Future[Value]:
        """Run something there. To cancel the future is to cancel the task."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="providers", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run_if_running(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something for which it is not worth starting the loop."""
        with self._lock:
            if self._loop is None:
                coroutine.close()
            else:
                asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def cancel_all(self) -> None:
        """Cancel what is running, and wait until it has ended."""
        self._wait_for(_cancel_others())

    def _wait_for(self, coroutine: Coroutine[Any, Any, None]) -> None:
        with self._lock:
            if self._loop is None:
                coroutine.close()
                return
            ended = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        with contextlib.suppress(TimeoutError):
            ended.result(_END_WITHIN_SECONDS)

    def stop(self) -> None:
        """Let what is running end, and end the thread."""
        self._wait_for(_all_others())
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


_END_WITHIN_SECONDS = 5.0
_ERRORS = (httpcore.NetworkError, httpcore.RemoteProtocolError, OSError)


def _is_disconnect(error: Exception) -> bool:
    """Whether the other side hung up without a word of HTTP."""
    return isinstance(error, httpcore.ReadError | httpcore.WriteError) or "without sending a response" in str(error)


async def _cancel_others() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await _all_others()


async def _all_others() -> None:
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)


class HttpClient:
    """Asks without blocking. It follows no redirect, keeps no cookie, and knows no proxy of the environment."""

    def __init__(self, host: str, port: int, settings: HttpCheck, limits: Limits, loop: Loop) -> None:
        self._host = host.removesuffix(".").encode()
        self._port = port
        self._settings = settings
        self._limits = limits
        self._loop = loop
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=limits.concurrent,
            max_keepalive_connections=limits.kept_connections,
            keepalive_expiry=limits.kept_seconds,
        )

    def ask(self, question: HttpQuestion, seconds: float) -> Future[ProviderAnswer | Failed]:
        """Ask; the future has an answer after `seconds` at the latest. To cancel it is to hang up."""
        return self._loop.run(self._ask(question, seconds))

    def close(self) -> None:
        """Close the connections."""
        self._loop.run_if_running(self._pool.aclose())

    async def _ask(self, question: HttpQuestion, seconds: float) -> ProviderAnswer | Failed:
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._exchange(question)
                except _ERRORS as error:
                    if not _is_disconnect(error):
                        raise
                return await self._exchange(question)  # it may have closed a kept connection as we took it up again
        except TimeoutError:
            return Failed("it did not answer in time")
        except httpcore.LocalProtocolError as error:
            return NotAskableError(f"the request cannot be sent to an HTTP provider: {error}").denial
        except _ERRORS as error:
            if isinstance(error, httpcore.RemoteProtocolError) and not _is_disconnect(error):
                return refusal(RefusedError(f"it is no HTTP: {error}"))
            return Failed(f"{type(error).__name__}: {error}"[:300])

    async def _exchange(self, question: HttpQuestion) -> ProviderAnswer | Failed:
        url = httpcore.URL(scheme=b"http", host=self._host, port=self._port, target=question.target)
        headers = list(question.headers)
        async with self._pool.stream(question.method, url, headers=headers, content=question.body) as response:
            body = bytearray()
            async for piece in response.aiter_stream():
                body += piece
                if len(body) > self._limits.answer_bytes:
                    break
            if len(body) > self._limits.answer_bytes and response.status < 500:  # noqa: PLR2004 - a failure as it is
                return refusal(RefusedError(f"its body has more than {self._limits.answer_bytes} bytes"))
            return read_http_response(response.status, response.headers, bytes(body), self._settings)
