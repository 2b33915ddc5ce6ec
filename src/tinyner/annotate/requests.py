"""The requests of an annotation: one for each sentence, prompt and sample."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tinyner.annotate import templates
from tinyner.annotate.answers import Answer
from tinyner.annotate.reply_rows import ReplyKey
from tinyner.annotate.store import ReplyStore, identity
from tinyner.errors import UserError
from tinyner.files import sha256_text
from tinyner.params import Annotate, Annotator, Params
from tinyner.prompts import Prompt
from tinyner.rows import Reply, Sentence, text_of

if TYPE_CHECKING:
    from tinyner.annotate.few_shot import SimilarExamples

Corpora = Mapping[str, Sequence[Sentence]]
"""The sentences of each corpus, by its name."""


@dataclass(frozen=True)
class RequestRef:
    """What identifies a request, and is enough to store its reply when a batch returns days later.

    The fields are the keys of a .places.jsonl row; ``id`` is the sentence's.
    """

    id: str
    scope: str
    prompt_sha256: str
    text_sha256: str
    sample: int

    @property
    def key(self) -> ReplyKey:
        """The key of its reply in the annotator's store."""
        return self.prompt_sha256, self.text_sha256, self.sample

    @property
    def custom_id(self) -> str:
        """Its id in a batch file: 40 hexadecimal digits that depend on its key only."""
        return sha256_text(f"{self.prompt_sha256} {self.text_sha256} {self.sample}")[:40]

    def reply(self, annotator: str, answer: Answer, cost_usd: float | None) -> Reply:
        """Return the row to store for an answer; ``annotator`` is the name in the store."""
        row: Reply = {
            "id": self.id,
            "text_sha256": self.text_sha256,
            "annotator": annotator,
            "prompt_sha256": self.prompt_sha256,
            "reply": answer.text,
            "finish_reason": answer.finish_reason,
        }
        if self.sample:
            row["sample"] = self.sample
        if answer.prompt_tokens is not None:
            row["prompt_tokens"] = answer.prompt_tokens
        if answer.cached_tokens is not None:
            row["cached_tokens"] = answer.cached_tokens
        if answer.completion_tokens is not None:
            row["completion_tokens"] = answer.completion_tokens
        if cost_usd is not None:
            row["cost_usd"] = cost_usd
        return row


@dataclass(frozen=True)
class Request:
    """What is sent for one sentence, prompt and sample.

    ``template`` is the name of the template's file in prompts/, ``scope`` names the file of its replies in the
    store, and ``text_sha256`` is that of the sentence's text.
    """

    corpus: str
    template: str
    scope: str
    prompt: Prompt
    sentence: Sentence
    text_sha256: str
    sample: int

    @property
    def ref(self) -> RequestRef:
        """What identifies it."""
        return RequestRef(self.sentence["id"], self.scope, self.prompt.sha256, self.text_sha256, self.sample)

    @property
    def key(self) -> ReplyKey:
        """The key of its reply in the annotator's store."""
        return self.prompt.sha256, self.text_sha256, self.sample

    @property
    def text(self) -> str:
        """The prompt with the sentence filled in."""
        return self.prompt.fill(self.sentence)


@dataclass(frozen=True)
class Endpoint:
    """Where requests go: an annotator, its name in params.yaml, and the output format that the API is to enforce."""

    name: str
    annotator: Annotator
    response_format: Mapping[str, Any] | None

    @property
    def identity(self) -> str:
        """The annotator's name in the reply store."""
        return identity(self.annotator, self.response_format)

    def body(self, request: Request) -> dict[str, Any]:
        """Return a request's body as the Chat Completions API takes it."""
        body: dict[str, Any] = {
            "model": self.annotator.model,
            "messages": [{"role": "user", "content": request.text}],
            **self.annotator.sampling,
        }
        if request.sample and isinstance(body.get("seed"), int):
            body["seed"] += request.sample
        if self.response_format is not None:
            body["response_format"] = dict(self.response_format)
        return body


@dataclass(frozen=True)
class RequestPlan:
    """All requests of an annotation, in the order of the rows that it writes, and the store of their replies."""

    endpoint: Endpoint
    requests: list[Request]
    store: ReplyStore

    def missing(self) -> list[Request]:
        """Return the requests without a reply, each key once: a text may stand in the corpora several times."""
        by_key: dict[ReplyKey, Request] = {}
        for request in self.requests:
            if self.store.get(request.key) is None:
                by_key.setdefault(request.key, request)
        return list(by_key.values())

    def answered(self) -> int:
        """Return the number of different requests that have a reply."""
        return len({request.key for request in self.requests if self.store.get(request.key) is not None})

    def reply(self, request: Request) -> Reply:
        """Return the reply to a request; call it when none is missing.

        Raises:
            UserError: where its row was deleted meanwhile.
        """
        reply = self.store.get(request.key)
        if reply is None:
            raise UserError(f"{self.store.path(request.scope)}: a reply is gone that was there just now; run again")
        return reply

    def replies(self) -> Iterator[tuple[Request, Reply]]:
        """Yield every request with its reply; call it when no reply is missing."""
        for request in self.requests:
            yield request, self.reply(request)

    def scopes(self) -> list[str]:
        """Return the scopes of the requests' templates in the store, in order of appearance."""
        return list(dict.fromkeys(request.scope for request in self.requests))

    def spent_usd(self) -> float:
        """Return US dollars spent on these requests: stored replies, each once, and lost ones at their worst."""
        replies = map(self.store.get, dict.fromkeys(request.key for request in self.requests))
        paid = sum(reply.get("cost_usd", 0.0) for reply in replies if reply is not None)
        return paid + self.store.lost_usd(self.scopes())


def response_format(annotate_params: Annotate, types: Sequence[str]) -> dict[str, Any] | None:
    """Return the API's ``response_format``: None, a JSON object, or a schema with a list of texts for each type."""
    if annotate_params.output == "text":
        return None
    if annotate_params.output == "json_object":
        return {"type": "json_object"}
    texts = {"type": "array", "items": {"type": "string"}}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(types, texts),
        "required": list(types),  # strict mode wants all of them; a type without entities is an empty list
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "entities", "strict": True, "schema": schema}}


def plan_requests(params: Params, corpora: Corpora, shots: Sequence[templates.Shot] | None = None) -> RequestPlan:
    """Return the requests that params.yaml asks for these sentences, the replies to their templates read.

    Args:
        params: with the annotator and its prompts.
        corpora: the sentences of each.
        shots: the fixed examples, if they are not to be read from their file.

    Raises:
        UserError: where no annotator is asked (``params.annotate.asked``), a template or its examples are invalid, or
            the store can't be read.
    """
    annotate_params, types = params.annotate, params.types
    name = annotate_params.asked
    if name is None:
        raise UserError(
            f"annotate.annotator: the labels of {', '.join(annotate_params.names)} are in files; none is asked"
        )
    endpoint = Endpoint(name, annotate_params.annotators[name], response_format(annotate_params, list(types)))
    requests: list[Request] = []
    prompts = _Prompts(params, corpora, shots)
    for corpus, sentences in corpora.items():
        prompts_by_template = [(name, *prompts.of(name, corpus)) for name in annotate_params.prompts.of(corpus)]
        for index, sentence in enumerate(sentences):
            digest = sha256_text(text_of(sentence))
            for template, scope, sentence_prompts in prompts_by_template:
                requests += [
                    Request(corpus, template, scope, sentence_prompts[index], sentence, digest, sample)
                    for sample in range(annotate_params.samples)
                ]
    plan = RequestPlan(endpoint, requests, ReplyStore(endpoint.identity))
    for scope in plan.scopes():
        plan.store.open(scope)
    return plan


class _Prompts:
    """The prompts that a template gives for the sentences of a corpus."""

    def __init__(self, params: Params, corpora: Corpora, fixed: Sequence[templates.Shot] | None) -> None:
        self._params, self._corpora, self._fixed = params, corpora, fixed
        self._shots: dict[str, list[list[templates.Shot]]] = {}  # by corpus: the similar examples of each sentence

    @cached_property
    def _similar_examples(self) -> "SimilarExamples":
        from tinyner.annotate.few_shot import SimilarExamples  # noqa: PLC0415, torch is slow to load

        return SimilarExamples(self._params.annotate.shots, self._params.types)

    def of(self, name: str, corpus: str) -> tuple[str, list[Prompt]]:
        """Return the template's scope in the store, and the prompt of each sentence of a corpus.

        With fixed examples all sentences have the same prompt, with similar ones each has another.
        """
        annotate_params, types = self._params.annotate, self._params.types
        template, count = templates.load(name), len(self._corpora[corpus])
        has_examples = bool(template.fields & {"examples", "reasoned_examples"})
        if annotate_params.output != "text" and "json" not in template.text.casefold():
            raise UserError(
                f"annotate.output: {annotate_params.output}, but {template.path} does not ask for JSON, and the API "
                "wants the word in the prompt; choose prompts/json.txt, or write such a template"
            )
        if not has_examples and annotate_params.few_shot == "similar":
            raise UserError(
                f"annotate.few_shot: similar, but {template.path} has no field {{examples}} for them; "
                "choose prompts/scheme.txt, or set fixed"
            )
        definitions = annotate_params.definitions
        if annotate_params.few_shot == "fixed" or not count:
            shots = self._fixed
            if shots is None:
                shots = templates.load_shots(annotate_params.examples, types) if has_examples else []
            prompt = template.render(types, definitions, shots)
            return prompt.sha256, [prompt] * count
        if corpus not in self._shots:
            self._shots[corpus] = self._similar_examples.of(self._corpora[corpus])
        prompts = [template.render(types, definitions, shots) for shots in self._shots[corpus]]
        return sha256_text(f"similar {template.text}"), prompts
