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
        self._annotator, self._name = annotator, name
        self._key = key_of(annotator) or "none"
        self._client = openai.OpenAI(
            api_key=self._key, base_url=annotator.base_url, timeout=annotator.timeout, max_retries=5
        )

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
        except openai.APIStatusError as error:
            raise self._failure(f"HTTP {error.status_code}: {error.message}") from None
        except openai.APIConnectionError as error:  # time-outs too
            raise self._failure(f"can't be reached: {error.__cause__ or error}") from None
        except (openai.OpenAIError, ValueError) as error:
            raise self._failure(f"sent no completion: {error}") from None
        if not getattr(completion, "choices", None):
            raise self._failure("sent no completion: no choices in it")
        choice = completion.choices[0]
        text = choice.message.content or choice.message.refusal or ""
        usage = completion.usage
        return Answer(
            text,
            choice.finish_reason or "",
            usage.prompt_tokens if usage else None,
            usage.completion_tokens if usage else None,
        )

    def _failure(self, what: str) -> UserError:
        host = urlsplit(str(self._client.base_url)).netloc.rpartition("@")[2]
        what = " ".join(what.split())[:300].replace(self._key, "[key]")
        return UserError(f"annotate: {self._name} at {host} {what}")


def key_of(annotator: Annotator) -> str | None:
    """The API key, from the environment variable that the annotator names."""
    return os.environ.get(annotator.api_key_env) if annotator.api_key_env else None


def obstacle(annotator: Annotator) -> str | None:
    """Why this annotator can't be asked now, and what to set; None if it can."""
    if not annotator.online:
        return "it answers from records only"
    if annotator.api_key_env and not key_of(annotator):
        return f"no key: set {annotator.api_key_env}"
    return None
