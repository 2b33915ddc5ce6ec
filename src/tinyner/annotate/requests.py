"""What is asked: a question a sentence, prompt and sample, known by what it asks of whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tinyner.annotate import templates
from tinyner.annotate.store import Key, ReplyStore, identity
from tinyner.errors import UserError
from tinyner.files import sha256_text
from tinyner.params import Annotate, Annotator, Params
from tinyner.prompts import Prompt
from tinyner.rows import Reply, Sentence, text_of

Corpora = Mapping[str, Sequence[Sentence]]


@dataclass(frozen=True)
class Answer:
    """What came back: the text, why it ended, and the tokens that the server counted, if it did."""

    text: str
    finish_reason: str
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None

    def without(self, key: str | None) -> "Answer":
        """The same without the API key, which a server may send back."""
        if not key:
            return self
        text, reason = (one.replace(key, "[key]") for one in (self.text, self.finish_reason))
        return replace(self, text=text, finish_reason=reason)


@dataclass(frozen=True)
class Place:
    """Where a question's reply goes: all of it that a batch file of another day must still know."""

    id: str
    scope: str
    prompt_sha256: str
    text_sha256: str
    sample: int

    @property
    def key(self) -> Key:
        """Its place in the reply store of its annotator."""
        return self.prompt_sha256, self.text_sha256, self.sample

    @property
    def custom_id(self) -> str:
        """Its name in a batch file: 40 hexadecimal digits, the same whenever the same is asked."""
        return sha256_text(f"{self.prompt_sha256} {self.text_sha256} {self.sample}")[:40]

    def reply(self, annotator: str, answer: Answer, cost_usd: float | None) -> Reply:
        """The row that an answer gives, for the store."""
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
class Question:
    """One request to an annotator. ``scope`` is the sha256 of the template's file, ``name`` that file's name."""

    id: str
    corpus: str
    name: str
    scope: str
    prompt: Prompt
    sentence: Sentence
    text_sha256: str
    sample: int

    @property
    def place(self) -> Place:
        """Where its reply goes."""
        return Place(self.id, self.scope, self.prompt.sha256, self.text_sha256, self.sample)

    @property
    def key(self) -> Key:
        """Its place in the reply store of its annotator."""
        return self.prompt.sha256, self.text_sha256, self.sample

    @property
    def text(self) -> str:
        """The prompt, filled in."""
        return self.prompt.fill(self.sentence)


@dataclass(frozen=True)
class Target:
    """Whom the questions go to, and in which form the replies should come."""

    name: str  # in params.yaml
    annotator: Annotator
    response_format: Mapping[str, Any] | None

    @property
    def identity(self) -> str:
        """The annotator's name in the reply store."""
        return identity(self.annotator, self.response_format)

    def body(self, question: Question) -> dict[str, Any]:
        """The request's body, as the Chat Completions API takes it."""
        body: dict[str, Any] = {
            "model": self.annotator.model,
            "messages": [{"role": "user", "content": question.text}],
            **self.annotator.sampling,
        }
        if question.sample and isinstance(body.get("seed"), int):
            body["seed"] += question.sample
        if self.response_format is not None:
            body["response_format"] = dict(self.response_format)
        return body


@dataclass(frozen=True)
class Plan:
    """All questions of an annotation, in the order of the rows that it writes, and the store that knows replies."""

    target: Target
    questions: list[Question]
    store: ReplyStore

    def missing(self) -> list[Question]:
        """The questions without a reply, each once, however often its text stands in the corpora."""
        found: dict[Key, Question] = {}
        for question in self.questions:
            if self.store.get(question.key) is None:
                found.setdefault(question.key, question)
        return list(found.values())

    def known(self) -> int:
        """How many questions have a reply, each once."""
        return len({question.key for question in self.questions if self.store.get(question.key) is not None})

    def rows(self) -> Iterator[tuple[Question, Reply]]:
        """Every question with its reply, which must be there."""
        for question in self.questions:
            reply = self.store.get(question.key)
            assert reply is not None
            yield question, reply

    def scopes(self) -> list[str]:
        """The templates' names in the store."""
        return list(dict.fromkeys(question.scope for question in self.questions))


def response_format(knobs: Annotate, types: Sequence[str]) -> dict[str, Any] | None:
    """What the API is told of the reply's form: nothing, a JSON object, or one with a list of texts for each type."""
    if knobs.output == "text":
        return None
    if knobs.output == "json_object":
        return {"type": "json_object"}
    texts = {"type": "array", "items": {"type": "string"}}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(types, texts),
        "required": list(types),  # strict mode wants all of them; a type without entities is an empty list
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "entities", "strict": True, "schema": schema}}


def plan(everything: Params, corpora: Corpora) -> Plan:
    """The questions of params.yaml to these sentences.

    Raises:
        UserError: where a template or the examples are not what they should be.
    """
    knobs, types = everything.annotate, everything.types
    target = Target(knobs.annotator, knobs.annotators[knobs.annotator], response_format(knobs, list(types)))
    questions: list[Question] = []
    prompts = _Prompts(everything, corpora)
    for corpus, sentences in corpora.items():
        chosen = [(name, *prompts.of(name, corpus)) for name in knobs.prompts.of(corpus)]
        for index, sentence in enumerate(sentences):
            digest = sha256_text(text_of(sentence))
            for name, scope, filled in chosen:
                questions += [
                    Question(sentence["id"], corpus, name, scope, filled[index], sentence, digest, sample)
                    for sample in range(knobs.samples)
                ]
    one = Plan(target, questions, ReplyStore(target.identity))
    for scope in one.scopes():
        one.store.open(scope)
    return one


class _Prompts:
    """The prompts of each template, a sentence each: one for all of them, or one of its own for each."""

    def __init__(self, everything: Params, corpora: Corpora) -> None:
        self._everything, self._corpora = everything, corpora
        self._chosen: dict[str, list[list[templates.Shot]]] = {}

    def of(self, name: str, corpus: str) -> tuple[str, list[Prompt]]:
        """The template's scope in the store, and the prompt of each sentence of a corpus."""
        knobs, types = self._everything.annotate, self._everything.types
        template, count = templates.load(name), len(self._corpora[corpus])
        shows = template.fields & {"examples", "reasoned_examples"}
        if knobs.output != "text" and "json" not in template.text.casefold():
            raise UserError(
                f"annotate.output: {knobs.output}, but {template.path} does not ask for JSON, and the API wants the "
                "word in the prompt; choose prompts/json.txt, or write such a template"
            )
        if not shows and knobs.few_shot == "similar":
            raise UserError(
                f"annotate.few_shot: similar, but {template.path} has no field {{examples}} for them; "
                "choose prompts/scheme.txt, or set fixed"
            )
        if knobs.few_shot == "fixed" or not count:
            shots = templates.load_shots(knobs.examples, types) if shows else []
            prompt = template.render(types, knobs.definitions, shots)
            return prompt.sha256, [prompt] * count
        if corpus not in self._chosen:
            from tinyner.annotate import few_shot  # noqa: PLC0415, torch is slow to load, and here only needed

            self._chosen[corpus] = few_shot.choose(self._corpora[corpus], knobs.shots, types)
        made = [template.render(types, knobs.definitions, shots) for shots in self._chosen[corpus]]
        return sha256_text(f"similar {template.text}"), made
