"""uvicorn, as the service runs it: at a socket that is bound already, silent, and with an end by a signal."""

import asyncio
import socket
from types import FrameType

import uvicorn

from tinyner.service.app import Service
from tinyner.service.batches import Batches

BACKLOG = 2048  # connections that wait to be taken
_IDLE_SECONDS = 75  # a connection is kept; longer than clients keep theirs, so that they close it and lose no request
_END_SECONDS = 10  # for connections to close, once it stops


class HttpServer(uvicorn.Server):
    """A server that tells the service when it is to stop."""

    def __init__(self, service: Service, batches: Batches) -> None:
        """Take the application and what computes."""
        super().__init__(
            uvicorn.Config(
                service.app(),
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=_END_SECONDS,
            )
        )
        self._service, self._batches = service, batches
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve_at(self, listener: socket.socket) -> None:
        """Serve at a socket until ``handle_exit`` is called, and then what has arrived."""
        self._loop = asyncio.get_running_loop()
        if self.should_exit:  # a signal has come already
            self._service.stop()
        work = asyncio.create_task(self._batches.work())
        try:
            await self.serve(sockets=[listener])
        finally:
            self._loop = None
            work.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, in the handler of a signal or in any thread; a second Ctrl-C waits for no connection."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._service.stop)
