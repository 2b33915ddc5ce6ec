"""The calls of the provider's Files and Batches API; a failure is one line for the user."""

import time
from collections.abc import Callable
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TypeVar

import httpx2
import openai
from openai.types import Batch

from tinyner.annotate import batch_files, batch_states
from tinyner.annotate.answers import NO_MONEY
from tinyner.annotate.batch_states import BatchState
from tinyner.annotate.client import Client, api_key, status_message, trusted_roots
from tinyner.annotate.rate_limits import backoff
from tinyner.annotate.requests import RequestPlan
from tinyner.errors import UserError
from tinyner.files import atomic

T = TypeVar("T")


class BatchApi:
    """The Files and Batches API of one annotator."""

    def __init__(self, plan: RequestPlan, retries: int, folder: Path) -> None:
        """Make the client.

        Args:
            plan: the annotation; messages say how many of its replies are missing.
            retries: how often a call is tried again.
            folder: of the annotator's batches.

        Raises:
            UserError: where the key or the address can't be used.
        """
        self._plan, self._retries, self._folder = plan, retries, folder
        annotator = plan.endpoint.annotator
        self._key = api_key(annotator)
        self.message = Client(plan.endpoint.name, annotator, 1).message  # which checks key and address
        self._openai = openai.OpenAI(
            api_key=self._key or "none",
            base_url=annotator.base_url,
            timeout=max(annotator.timeout, 60.0),
            max_retries=retries,
            http_client=openai.DefaultHttpxClient(follow_redirects=False, verify=trusted_roots()),
        )

    def failure(self, why: str) -> UserError:
        """Return the error that ends a run: why, how many replies are missing, and that another run goes on."""
        return UserError(f"{self.message(why)}; {len(self._plan.missing())} replies are left, run again to go on")

    def find(self, name: str) -> str | None:
        """Return the id of the batch of that name; None where there is none, or only failed ones."""
        batches = self._call(
            lambda: [batch for batch in self._openai.batches.list(limit=100) if batch.status != "failed"]
        )
        return next((batch.id for batch in batches if (batch.metadata or {}).get("tinyner") == name), None)

    @cached_property
    def _uploads(self) -> dict[str, str]:
        """The ids of uploaded files by their names: an earlier run may have ended before it noted one."""
        return self._call(lambda: {file.filename: file.id for file in self._openai.files.list(purpose="batch")})

    def upload(self, name: str) -> str:
        """Upload the request file of a batch, unless that was done before; return the file's id."""
        filename = f"tinyner-{name}.jsonl"
        file_id = self._uploads.get(filename)
        if file_id is None:
            content = batch_files.read_requests(self._folder / f"{name.partition('-')[0]}.requests.jsonl")
            file_id = self._call(lambda: self._openai.files.create(file=(filename, content), purpose="batch").id)
            self._uploads[filename] = file_id
        return file_id

    def create(self, name: str, file_id: str) -> str:
        """Create a batch of an uploaded file; return its id."""
        return self._call(lambda: self._create(name, file_id))

    def _create(self, name: str, file_id: str) -> str:
        """Create a batch; after a call that failed, look whether it created the batch nevertheless."""
        for attempt in count():
            try:
                batch = self._openai.with_options(max_retries=0).batches.create(
                    input_file_id=file_id,
                    endpoint=batch_files.URL,
                    completion_window="24h",
                    metadata={"tinyner": name},
                )
            except (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError) as error:
                if attempt == self._retries or error.code in NO_MONEY:
                    raise
                time.sleep(backoff(attempt))
                batch_id = self.find(name)
                if batch_id:
                    return batch_id
            else:
                return batch.id
        raise AssertionError

    def retrieve(self, state: BatchState) -> tuple[Batch, str]:
        """Return a batch as it is now, and its progress for people."""

        def retrieve() -> tuple[Batch, str]:
            batch = self._openai.batches.retrieve(state.batch_id or "")
            counts = batch.request_counts
            done = f", {counts.completed} of {counts.total} done" if counts else ""
            failed = f", {counts.failed} failed" if counts and counts.failed else ""
            return batch, batch.status + done + failed

        return self._call(retrieve, state)

    def download(self, state: BatchState, file_id: str, path: Path) -> None:
        """Write a file of the provider's to ``path``, without the key."""

        def download() -> None:
            rest = b""
            with self._openai.files.with_streaming_response.content(file_id) as response, atomic(path) as file:
                for block in response.iter_bytes(1 << 20):
                    lines, newline, rest = (rest + block).rpartition(b"\n")
                    file.write(self._redacted(lines + newline))
                file.write(self._redacted(rest))

        self._call(download, state)

    def _redacted(self, content: bytes) -> bytes:
        if not self._key:
            return content
        for written in (self._key, self._key.replace("/", "\\/")):  # JSON may have a backslash before a slash
            content = content.replace(written.encode(), b"[key]")
        return content

    def _call(self, call: Callable[[], T], state: BatchState | None = None) -> T:
        """Return what a call returns; ``state`` is the batch that the call is about.

        Raises:
            UserError: why the call failed, and what to do where the batch does not exist.
        """
        hint = ""
        try:
            return call()
        except openai.APIStatusError as error:
            why = status_message(error)
            if error.status_code == 404 and state is not None:
                path = batch_states.path_of(self._folder, state)
                hint = f"; if batch {state.batch_id} is gone for good, delete {path}"
        except openai.APIConnectionError as error:
            why = f"can't be reached: {error.__cause__ or error}"
        except httpx2.HTTPError as error:  # in the middle of a download, where the client passes it on
            why = f"broke the connection: {error}"
        except openai.OpenAIError as error:
            why = f"can't be asked: {error}"
        except (AttributeError, TypeError, ValueError) as error:  # the client does not check what it is sent
            why = f"sent no answer of the Batch API, is base_url right? ({error})"
        raise UserError(f"{self.failure(why)}{hint}")
