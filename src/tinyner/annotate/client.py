"""A client that sends one request to an OpenAI-compatible endpoint, and says what a failure means.

It is the ``openai`` client over aiohttp, which takes half the CPU of the default transport and serves hundreds of
connections. Its own retries are off, since they would ignore rate limits, the budget and other requests.
"""

import asyncio
import functools
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai

from tinyner.annotate.answers import NO_MONEY, UNANSWERABLE, Answer, Fault, answer_of
from tinyner.annotate.rate_limits import seconds
from tinyner.annotate.server_address import problem
from tinyner.errors import UserError
from tinyner.params import Annotator

MAX_BYTES = 8_000_000  # of a response; a reply of a sentence has some hundred
_MESSAGE_LENGTH = 300  # characters of a server's message that are shown


def api_key(annotator: Annotator) -> str | None:
    """Return the API key from the environment variable that the annotator names, stripped; None without one."""
    return (os.environ.get(annotator.api_key_env, "").strip() or None) if annotator.api_key_env else None


def trusted_roots() -> ssl.SSLContext:
    """Return the certificates that all clients of this process trust: to read them takes a tenth of a second."""
    return _roots(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _roots(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Read them as httpx2 does, which looks into these two variables itself."""
    return httpx2.create_ssl_context()


def obstacle(annotator: Annotator) -> str | None:
    """Return why this annotator can't be asked now, and what to set; None if it can."""
    if not annotator.online:
        return "it answers from records only"
    if annotator.api_key_env and not api_key(annotator):
        return f"no key: set {annotator.api_key_env}"
    return None


class Client:
    """The endpoint of one annotator."""

    def __init__(self, name: str, annotator: Annotator, connections: int) -> None:
        """Make the client.

        Args:
            name: the annotator's name in params.yaml, for messages.
            annotator: its settings.
            connections: the most that are open at a time.

        Raises:
            UserError: where the key or the address can't be used.
        """
        self._annotator, self._name, self._key = annotator, name, api_key(annotator)
        self.host = "the endpoint"
        if self._key and not (self._key.isascii() and self._key.isprintable()):
            raise UserError(f"annotate: {annotator.api_key_env} holds characters that no key has; set it anew")
        wrong = problem(annotator.base_url) if annotator.base_url else None
        if wrong is not None:
            raise UserError(f"annotate.annotators.{name}.base_url: {wrong}")
        try:
            self.openai = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=annotator.base_url,
                timeout=annotator.timeout,
                max_retries=0,
                default_headers={"Accept-Encoding": "identity"},  # a small compressed body may be huge in memory
                http_client=openai.DefaultAioHttpClient(
                    # A redirect would take the prompt, and at some servers the key, somewhere else.
                    follow_redirects=False,
                    verify=trusted_roots(),
                    timeout=httpx2.Timeout(annotator.timeout, connect=min(30.0, annotator.timeout)),
                    limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
                    event_hooks={"response": [_bound]},
                ),
            )
        except Exception as error:
            raise UserError(self.message(f"can't be asked: {error}")) from None
        self.host = urlsplit(str(self.openai.base_url)).netloc.rpartition("@")[2]

    async def ask(self, body: Mapping[str, Any]) -> tuple[Answer | Fault, Mapping[str, str]]:
        """Send a request once, and return its answer or fault with the response's headers."""
        try:
            async with asyncio.timeout(self._annotator.timeout):
                response = await self.openai.post("/chat/completions", body=dict(body), cast_to=httpx2.Response)
        except TimeoutError:
            return Fault(
                "time-out", f"sent no answer in {self._annotator.timeout:g} s", transient=True, billed=True
            ), {}
        except _TooLargeError:
            return Fault("too large", f"sent more than {MAX_BYTES // 1_000_000} MB, which is no reply", billed=True), {}
        except openai.APIStatusError as error:
            return self.refusal(error), error.response.headers
        except openai.APIConnectionError as error:
            return _broken(error), {}
        except openai.OpenAIError as error:  # the client itself refuses: an invalid base_url
            return Fault("client", f"can't be asked: {error}", fatal=True), {}
        if "encoding" in response.extensions:
            message = f"sent a compressed body ({response.extensions['encoding'][:20]}), which nobody asked for"
            return Fault("compressed", message, billed=True), response.headers
        return self._redacted(answer_of(response.content)), response.headers

    def _redacted(self, result: Answer | Fault) -> Answer | Fault:
        return result.redacted(self._key) if isinstance(result, Answer) else result

    def refusal(self, error: openai.APIStatusError) -> Answer | Fault:
        """Return what an HTTP status other than 200 means."""
        status, code, headers = error.status_code, _code(error), error.response.headers
        message = status_message(error)
        if status in (401, 403):
            return Fault("key", message, fatal=True)
        if status == 404:
            return Fault(
                "not found", f"{message}; is base_url right (it mostly ends in /v1), and the model's name?", fatal=True
            )
        if 300 <= status < 400:
            host = _host(headers.get("location", ""))
            return Fault(
                "redirect", f"HTTP {status}: redirects to {host}, which is never followed; set base_url", fatal=True
            )
        if code in NO_MONEY or status == 402:
            return Fault("quota", message, fatal=True)
        if status == 429:
            return Fault("rate limit", message, transient=True, limited=True, wait=_retry_after(headers))
        if code in UNANSWERABLE:
            return Answer("", code)
        transient = status in (408, 409, 425) or status >= 500
        return Fault(f"HTTP {status}", message, transient=transient, wait=_retry_after(headers) if transient else None)

    def message(self, what: str) -> str:
        """Return a one-line message on this endpoint, without the key."""
        if self._key:  # before the message is cut, so that no part of the key is left
            what = what.replace(self._key, "[key]")
        return f"annotate: {self._name} at {self.host} {' '.join(what.split())[:_MESSAGE_LENGTH]}"

    async def close(self) -> None:
        """Close the connections."""
        await self.openai.close()


class _TooLargeError(Exception):
    pass


class _Bounded(httpx2.AsyncByteStream):
    """A response's body; reading it raises an error beyond ``MAX_BYTES``, and a ``hidden`` one reads as empty."""

    def __init__(self, stream: Any, *, hidden: bool) -> None:
        self._stream, self._hidden = stream, hidden

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        if self._hidden:
            return
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_BYTES:
                raise _TooLargeError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    """Bound the size of a response's body, and hide a compressed one."""
    encoding = response.headers.pop("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        response.extensions["encoding"] = encoding
    response.stream = _Bounded(response.stream, hidden="encoding" in response.extensions)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _broken(error: openai.APIConnectionError) -> Fault:
    """Return the fault of a connection that was not made, or broke."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
            message = f"can't be trusted: its certificate does not verify ({cause.__cause__ or cause})"
            hint = "give the one of its issuer as SSL_CERT_FILE, if it is yours"
            return Fault("certificate", f"{message}; {hint}", fatal=True)
    connecting = next((cause for cause in causes if isinstance(cause, aiohttp.ClientConnectorError)), None)
    if connecting is not None:
        return _unconnected(connecting.os_error)
    last = next((cause for cause in causes[1:] if str(cause)), error)
    if any(isinstance(cause, httpx2.UnsupportedProtocol | OSError) for cause in causes):
        reset = any(isinstance(cause, ConnectionResetError | BrokenPipeError) for cause in causes)
        return Fault("connection", f"can't be reached: {last}", transient=True, billed=reset)
    return Fault("connection", f"broke the connection: {last}", transient=True, billed=True)


def _unconnected(error: OSError) -> Fault:
    """Return the fault of a connection that could not be made, and so cost nothing."""
    why, unreached = error.strerror or str(error) or type(error).__name__, True
    if isinstance(error, ConnectionRefusedError):
        why = "no server listens there: start it, or mend base_url"
    elif isinstance(error, socket.gaierror):
        why = f"{why}: mend base_url, or look at the network"
    else:
        unreached = False
    return Fault("connection", f"can't be reached: {why}", transient=True, unreached=unreached)


def _host(url: str) -> str:
    """Return the host of an address, for people."""
    try:
        return urlsplit(url).netloc or "another path"
    except ValueError:
        return "what is no address"


def status_message(error: openai.APIStatusError) -> str:
    """Return the HTTP status and the server's message, whatever its form."""
    text = error.message.removeprefix(f"Error code: {error.status_code}").removeprefix(" - ")
    return f"HTTP {error.status_code}: {text or error.body or 'no message'}"


def _code(error: openai.APIStatusError) -> str:
    """Return the code or the type in the error's body, an empty text where it has neither."""
    body = error.body if isinstance(error.body, dict) else {}
    return next((body[key] for key in ("code", "type") if isinstance(body.get(key), str)), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the server asks to wait, stated in seconds or as a date; None where it asks for none."""
    milli = seconds(headers.get("retry-after-ms", ""))
    if milli is not None:
        return milli / 1000
    text = headers.get("retry-after", "")
    wait = seconds(text)
    if wait is None and text:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415, rare

        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        import datetime  # noqa: PLC0415

        wait = max(0.0, (date - datetime.datetime.now(date.tzinfo)).total_seconds())
    return wait
