"""One request to an OpenAI-compatible endpoint, and what every way that it can fail means.

The real ``openai`` client over aiohttp, which costs half the CPU of its default and serves hundreds of
connections; retries are ours, since the client's know of no limits, no budget and no other requests.
"""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai

from tinyner.annotate.limits import seconds
from tinyner.annotate.requests import Answer
from tinyner.errors import UserError
from tinyner.params import Annotator

MAX_BYTES = 8_000_000  # of a response; a reply of a sentence has some hundred
_TELLING = 300  # characters of a message that are shown

# Codes of a 400 that are the answer to this one sentence, and would be again.
UNANSWERABLE = {"content_filter", "content_policy_violation", "context_length_exceeded", "string_above_max_length"}
NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "credits_exhausted"}


@dataclass(frozen=True)
class Fault:
    """A request that gave no answer. ``kind`` is the same for the same cause.

    ``passing``: worth another try. ``fatal``: so will every other request fail. ``billed``: it may have
    been paid for. ``wait``: seconds that the server asks for. ``limited``: a matter of pace, not a failure.
    """

    kind: str
    message: str
    passing: bool = False
    fatal: bool = False
    billed: bool = False
    limited: bool = False
    wait: float | None = None


def key_of(annotator: Annotator) -> str | None:
    """The API key, from the environment variable that the annotator names, without white space around it."""
    return (os.environ.get(annotator.api_key_env, "").strip() or None) if annotator.api_key_env else None


def obstacle(annotator: Annotator) -> str | None:
    """Why this annotator can't be asked now, and what to set; None if it can."""
    if not annotator.online:
        return "it answers from records only"
    if annotator.api_key_env and not key_of(annotator):
        return f"no key: set {annotator.api_key_env}"
    return None


class Client:
    """The endpoint of one annotator."""

    def __init__(self, name: str, annotator: Annotator, connections: int) -> None:
        """Make the client; ``name`` is the annotator's in params.yaml, for messages."""
        self._annotator, self._name, self._key = annotator, name, key_of(annotator)
        self.host = "the endpoint"
        if self._key and not (self._key.isascii() and self._key.isprintable()):
            raise UserError(f"annotate: {annotator.api_key_env} holds characters that no key has; set it anew")
        try:
            self.openai = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=annotator.base_url,
                timeout=annotator.timeout,
                max_retries=0,
                default_headers={"Accept-Encoding": "identity"},  # what is small on the wire may not be in memory
                http_client=openai.DefaultAioHttpClient(
                    # A redirect would take the prompt, and at some servers the key, somewhere else.
                    follow_redirects=False,
                    timeout=httpx2.Timeout(annotator.timeout, connect=min(30.0, annotator.timeout)),
                    limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
                    event_hooks={"response": [_bound]},
                ),
            )
        except Exception as error:
            raise UserError(self.told(f"can't be asked: {error}")) from None
        self.host = urlsplit(str(self.openai.base_url)).netloc.rpartition("@")[2]

    async def ask(self, body: Mapping[str, Any]) -> tuple[Answer | Fault, Mapping[str, str]]:
        """Ask once; the answer or what became of it, and the response's headers."""
        try:
            async with asyncio.timeout(self._annotator.timeout):
                response = await self.openai.post("/chat/completions", body=dict(body), cast_to=httpx2.Response)
        except TimeoutError:
            return Fault("time-out", f"sent no answer in {self._annotator.timeout:g} s", passing=True, billed=True), {}
        except _TooLargeError:
            return Fault("too large", f"sent more than {MAX_BYTES // 1_000_000} MB, which is no reply", billed=True), {}
        except openai.APIStatusError as error:
            return self.refusal(error), error.response.headers
        except openai.APIConnectionError as error:
            return _broken(error), {}
        except openai.OpenAIError as error:  # the client's own complaint: a base_url that is none
            return Fault("client", f"can't be asked: {error}", fatal=True), {}
        if "encoding" in response.extensions:
            what = f"sent a compressed body ({response.extensions['encoding'][:20]}), which nobody asked for"
            return Fault("compressed", what, billed=True), response.headers
        return self._redacted(answer_of(response.content)), response.headers

    def _redacted(self, found: Answer | Fault) -> Answer | Fault:
        return found.without(self._key) if isinstance(found, Answer) else found

    def refusal(self, error: openai.APIStatusError) -> Answer | Fault:
        """What an HTTP status other than 200 means."""
        status, code, headers = error.status_code, _code(error), error.response.headers
        what = worded(error)
        if status in (401, 403):
            return Fault("key", what, fatal=True)
        if status == 404:
            return Fault(
                "not found", f"{what}; is base_url right (it mostly ends in /v1), and the model's name?", fatal=True
            )
        if 300 <= status < 400:
            to = f"{_host(headers.get('location', ''))}, which is never followed; set base_url"
            return Fault("redirect", f"HTTP {status}: redirects to {to}", fatal=True)
        if code in NO_MONEY or status == 402:
            return Fault("quota", what, fatal=True)
        if status == 429:
            return Fault("rate limit", what, passing=True, limited=True, wait=_retry_after(headers))
        if code in UNANSWERABLE:
            return Answer("", code)
        passing = status in (408, 409, 425) or status >= 500
        return Fault(f"HTTP {status}", what, passing=passing, wait=_retry_after(headers) if passing else None)

    def told(self, what: str) -> str:
        """A message on this endpoint, on one line and without the key."""
        if self._key:  # before anything is cut, so that no part of it is left
            what = what.replace(self._key, "[key]")
        return f"annotate: {self._name} at {self.host} {' '.join(what.split())[:_TELLING]}"

    async def close(self) -> None:
        """Close the connections."""
        await self.openai.close()


class _TooLargeError(Exception):
    pass


class _Bounded(httpx2.AsyncByteStream):
    """A response's body that ends with an error where it grows too large to be a reply; one ``hidden`` is empty."""

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
    encoding = response.headers.pop("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        response.extensions["encoding"] = encoding
    response.stream = _Bounded(response.stream, hidden="encoding" in response.extensions)


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _broken(error: openai.APIConnectionError) -> Fault:
    """A connection that was not made, or did not last."""
    causes = list(_causes(error))
    for one in causes:
        if isinstance(one, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
            what = "can't be trusted: its certificate does not verify"
            hint = "give the one of its issuer as SSL_CERT_FILE, if it is yours"
            return Fault("certificate", f"{what} ({one.__cause__ or one}); {hint}", fatal=True)
    last = next((one for one in causes[1:] if str(one)), error)
    if any(isinstance(one, aiohttp.ClientConnectorError | httpx2.UnsupportedProtocol | OSError) for one in causes):
        reset = any(isinstance(one, ConnectionResetError | BrokenPipeError) for one in causes)
        return Fault("connection", f"can't be reached: {last}", passing=True, billed=reset)
    return Fault("connection", f"broke the connection: {last}", passing=True, billed=True)


def _host(url: str) -> str:
    """The host of an address, for people."""
    try:
        return urlsplit(url).netloc or "another path"
    except ValueError:
        return "what is no address"


def worded(error: openai.APIStatusError) -> str:
    """The status, once, and what the server says, in whatever form."""
    said = error.message.removeprefix(f"Error code: {error.status_code}").removeprefix(" - ")
    return f"HTTP {error.status_code}: {said or error.body or 'no message'}"


def _code(error: openai.APIStatusError) -> str:
    """The error's code, or its type, as the body has it."""
    body = error.body if isinstance(error.body, dict) else {}
    return next((body[key] for key in ("code", "type") if isinstance(body.get(key), str)), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, where it says so in seconds or as a date."""
    milli = seconds(headers.get("retry-after-ms", ""))
    if milli is not None:
        return milli / 1000
    text = headers.get("retry-after", "")
    found = seconds(text)
    if found is None and text:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415, rare

        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        import datetime  # noqa: PLC0415

        found = max(0.0, (at - datetime.datetime.now(at.tzinfo)).total_seconds())
    return found


def answer_of(content: bytes | Mapping[str, Any]) -> Answer | Fault:
    """The answer in a response's body; servers send all kinds of shapes as JSON, and none is taken on trust."""
    completion: Any = content
    if isinstance(content, bytes):
        try:
            completion = json.loads(content)
        except (ValueError, RecursionError):
            return Fault("no completion", "sent no completion: its body is no JSON", passing=True, billed=True)
    completion = completion if isinstance(completion, dict) else {}
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        why = told_of(completion).get("message") if completion.get("error") else None  # under a status of 200
        what = f"sent no completion: {why or 'no choices with a message in it'}"
        return Fault("no completion", what, passing=True, billed=True)
    text = _text(message.get("content")) or _text(message.get("refusal"))
    reason, usage = choice.get("finish_reason"), completion.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    return Answer(
        text,
        reason if isinstance(reason, str) else "",
        _count(usage.get("prompt_tokens")),
        _count(details.get("cached_tokens")) if isinstance(details, dict) else None,
        _count(usage.get("completion_tokens")),
    )


def told_of(error: Any) -> Mapping[str, Any]:
    """An error's fields: OpenAI's, vLLM's, which lie in an ``error`` of their own, or a text."""
    inner = error.get("error") if isinstance(error, dict) else None
    error = inner or error
    return error if isinstance(error, dict) else {"message": error} if isinstance(error, str) else {}


def _count(value: object) -> int | None:
    """A number of tokens; none that a float can't hold, which is no number of tokens."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _text(content: object) -> str:
    """A message's content: a string, or the texts of its parts, as some servers send them."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""
