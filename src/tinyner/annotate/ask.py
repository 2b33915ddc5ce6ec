"""One question to an OpenAI-compatible endpoint."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

import openai

from tinyner.errors import UserError
from tinyner.params import Annotator


@dataclass(frozen=True)
class Answer:
    """What came back: the text, why it ended, and the tokens that the server counted, if it did."""

    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None


class Asker:
    """The endpoint of one annotator. Retries of passing faults are the openai client's."""

    def __init__(self, name: str, annotator: Annotator) -> None:
        """Make the client; ``name`` is the annotator's in params.yaml, for messages."""
        self._annotator, self._name, self._key = annotator, name, key_of(annotator)
        self._host = "the endpoint"
        if self._key and not (self._key.isascii() and self._key.isprintable()):
            raise UserError(f"annotate: {annotator.api_key_env} holds characters that no key has; set it anew")
        try:
            self._client = openai.OpenAI(
                api_key=self._key or "none", base_url=annotator.base_url, timeout=annotator.timeout, max_retries=5
            )
        except Exception as error:
            raise self._failure(f"can't be asked: {error}") from None
        self._host = urlsplit(str(self._client.base_url)).netloc.rpartition("@")[2]

    def ask(self, prompt: str) -> Answer:
        """Ask once, as one user message.

        Raises:
            UserError: one line, where the server refuses, fails for good or can't be reached.
        """
        try:
            completion = self._client.chat.completions.create(
                model=self._annotator.model,
                messages=[{"role": "user", "content": prompt}],
                extra_body=dict(self._annotator.sampling),
            )
        except openai.NotFoundError as error:
            what = f"HTTP 404: {error.message}"
            raise self._failure(what, "; is base_url right (it mostly ends in /v1), and the model's name?") from None
        except openai.APIStatusError as error:
            raise self._failure(f"HTTP {error.status_code}: {error.message}") from None
        except openai.APIConnectionError as error:  # time-outs too
            raise self._failure(f"can't be reached: {error.__cause__ or error}") from None
        except (openai.OpenAIError, ValueError) as error:
            raise self._failure(f"sent no completion: {error}") from None
        # The client checks no shapes: what a server sends as JSON arrives, whatever it is.
        choices = getattr(completion, "choices", None)
        choice = choices[0] if isinstance(choices, list) and choices else None
        message = getattr(choice, "message", None)
        if message is None or not hasattr(message, "content"):
            raise self._failure("sent no completion: no choices with a message in it")
        text = _text(message.content) or _text(getattr(message, "refusal", None))
        reason = getattr(choice, "finish_reason", None)
        counts = [getattr(completion.usage, f"{kind}_tokens", None) for kind in ("prompt", "completion")]
        prompt_tokens, completion_tokens = (count if isinstance(count, int) else None for count in counts)
        return Answer(text, reason if isinstance(reason, str) else "", prompt_tokens, completion_tokens)

    def _failure(self, what: str, hint: str = "") -> UserError:
        if self._key:  # before anything is cut, so that no part of it is left
            what = what.replace(self._key, "[key]")
        return UserError(f"annotate: {self._name} at {self._host} {' '.join(what.split())[:300]}{hint}")


def _text(content: object) -> str:
    """A message's content: a string, or the texts of its parts, as some servers send them."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


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
