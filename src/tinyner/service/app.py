"""The HTTP of the service: its routes, what is refused, and how it stops. No body is logged, nor a part of it."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tinyner.files import line_of
from tinyner.predict.labelling import Labelled
from tinyner.predict.write_jsonl import span_of
from tinyner.service.batches import Batches, failure
from tinyner.service.body import asked
from tinyner.service.limits import Limits
from tinyner.service.openapi import document
from tinyner.service.refusal import RefusedError

_BODY_SECONDS = 30.0  # in which a body arrives
_STOP_SECONDS = 8.0  # in which requests that wait are still answered; Docker kills after 10
_AGAIN = {"Retry-After": "1"}
_WHAT_IS_HERE = "here are POST /predict, GET /health and GET /openapi.json"

_Result = TypeVar("_Result")


class Service:
    """What requests share: who waits, and whether it stops."""

    def __init__(self, batches: Batches, limits: Limits, health: Mapping[str, Any], token: str | None) -> None:
        """Take what computes, the limits, what /health tells, and the token that clients give, if any."""
        self._batches, self._limits, self._health, self._token = batches, limits, health, token
        self._document = document(limits, with_token=token is not None)
        self._deadlines: dict[asyncio.Timeout, float] = {}  # and the seconds that are left to each once we stop
        self._waiting = 0
        self._is_stopping = False
        self.answered = 0  # requests, as yet

    def app(self) -> Starlette:
        """Return the application."""
        app = Starlette(
            routes=[
                Route("/predict", self._predict, methods=["POST"]),
                Route("/health", self._tell_health, methods=["GET"]),
                Route("/openapi.json", self._tell_document, methods=["GET"]),
            ],
            exception_handlers={RefusedError: _refused, HTTPException: _not_here, Exception: _failed},
        )
        app.router.redirect_slashes = False  # /predict/ is not here; a redirect has no line that says so
        return app

    def stop(self) -> None:
        """Refuse what has not arrived, and, after some seconds, what still waits."""
        self._is_stopping = True
        now = asyncio.get_running_loop().time()
        for deadline, seconds in self._deadlines.items():
            if not deadline.expired():
                deadline.reschedule(now + seconds)

    async def _predict(self, request: Request) -> Response:
        self._check_token(request)
        with self._turn():
            try:
                async with self._deadline(_BODY_SECONDS, once_stopping=0.0):
                    body = await self._body(request)
            except TimeoutError:
                self._check_stopping()
                seconds = f"{_BODY_SECONDS:g}"
                raise RefusedError(408, f"the body: did not arrive within {seconds} seconds", _CLOSE) from None
            except ClientDisconnect:
                return _for_nobody()
            wish = asked(body, self._limits.max_texts)
            try:
                async with self._deadline(None, once_stopping=_STOP_SECONDS):
                    answers = await _unless_gone(request, self._batches.answers(wish.texts))
            except TimeoutError:
                raise _stopping() from None
            except ClientDisconnect:
                return _for_nobody()
        rows = [_row_of(labelled) for labelled in answers]
        self.answered += 1
        return Response(line_of({"answers": rows} if wish.is_list else rows[0]), media_type="application/json")

    async def _body(self, request: Request) -> bytes:
        """Return the body, or raise a RefusedError as soon as it is too long."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise RefusedError(415, "the body: is compressed (Content-Encoding); send it as it is")
        most = self._limits.max_bytes
        length = request.headers.get("content-length", "0")
        body = bytearray()
        if length.isdecimal() and int(length[:20]) <= most:
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    break
            else:
                return bytes(body)
        raise RefusedError(413, f"the body: has more than {most:,} bytes; send the texts in several requests")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Count a request as waiting; raise a RefusedError where too many are."""
        self._check_stopping()
        if self._waiting >= self._limits.max_waiting:
            raise RefusedError(503, f"{self._waiting:,} requests wait already; ask again in a second", _AGAIN)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def _deadline(self, seconds: float | None, *, once_stopping: float) -> AsyncIterator[None]:
        """Raise a TimeoutError after some seconds, or so many after the service began to stop."""
        self._check_stopping()
        async with asyncio.timeout(seconds) as deadline:
            self._deadlines[deadline] = once_stopping
            try:
                yield
            finally:
                del self._deadlines[deadline]

    def _check_stopping(self) -> None:
        if self._is_stopping:
            raise _stopping()

    def _check_token(self, request: Request) -> None:
        if self._token is None:
            return
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), self._token.encode()):
            line = "expected the header Authorization: Bearer TOKEN, with the token of this service"
            raise RefusedError(401, line, {"WWW-Authenticate": "Bearer"})

    async def _tell_health(self, _: Request) -> Response:
        status, code = ("stopping", 503) if self._is_stopping else ("ok", 200)
        return JSONResponse({"status": status, **self._health, "waiting": self._waiting}, code)

    async def _tell_document(self, _: Request) -> Response:
        return JSONResponse(self._document)


_CLOSE = {"Connection": "close"}


def _row_of(labelled: Labelled) -> dict[str, Any]:
    """Return the answer to a text, as ``tinyner predict`` writes it, without a line's number."""
    text = labelled.text.text
    return {"text": text, "spans": [span_of(text, entity) for entity in labelled.entities]}


async def _unless_gone(request: Request, answer: Awaitable[_Result]) -> _Result:
    """Return what is awaited.

    Raises:
        ClientDisconnect: where the client goes before; what is awaited is cancelled.
    """
    work, gone = asyncio.ensure_future(answer), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientDisconnect
        return work.result()
    finally:
        work.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _stopping() -> RefusedError:
    return RefusedError(503, "the service stops; ask again when it is back", _AGAIN | _CLOSE)


def _for_nobody() -> Response:
    """Return what is sent to a client that has gone: nothing of it arrives."""
    return Response(status_code=503)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _line(error.status, error.line, error.headers)


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    line = _WHAT_IS_HERE if error.status_code in (404, 405) else str(error.detail)
    return _line(error.status_code, line, error.headers or {})


async def _failed(_: Request, error: Exception) -> Response:
    refusal = failure(error)
    return _line(refusal.status, refusal.line, {})


def _line(status: int, line: str, headers: Mapping[str, str]) -> Response:
    content = json.dumps({"error": line}).encode() + b"\n"
    return Response(content, status, dict(headers), media_type="application/json")
