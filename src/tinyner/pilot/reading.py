"""What the replies say: cleaned and aligned by the functions of the stages, in this process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tinyner.align.__main__ import align_sentence
from tinyner.align.vote import AlignedSentence
from tinyner.annotate.requests import RequestPlan
from tinyner.bio import Span, tags_to_spans
from tinyner.clean.__main__ import annotation_of
from tinyner.clean.asked_prompts import AskedPrompts
from tinyner.clean.type_names import TypeNames
from tinyner.params import Params
from tinyner.prompts import Prompt
from tinyner.rows import Annotation, Reply, Sentence


@dataclass(frozen=True)
class ReadSentence:
    """A gold sentence with its replies, and what stages clean and align make of them."""

    sentence: Sentence
    replies: list[Reply]
    annotations: list[Annotation]
    aligned: AlignedSentence

    @property
    def gold(self) -> list[Span]:
        """The spans that people marked."""
        return tags_to_spans(self.sentence["tags"])

    @property
    def spans(self) -> list[Span]:
        """The spans that the replies come to; none where all failed, as in stage align's scores."""
        return tags_to_spans(self.aligned.tags)

    @property
    def missed(self) -> list[Span]:
        """Gold spans that the replies don't have, with type and both edges."""
        return [span for span in self.gold if span not in self.spans]

    @property
    def wrong(self) -> list[Span]:
        """Spans of the replies that gold doesn't have."""
        return [span for span in self.spans if span not in self.gold]

    @property
    def failed(self) -> bool:
        """Whether no reply could be read."""
        return self.aligned.consensus is None


def read(params: Params, plan: RequestPlan) -> list[ReadSentence]:
    """Return the sentences of a plan whose requests all have a reply, in their order."""
    names, prompts = TypeNames(params.types), _prompts(plan)
    asked = AskedPrompts({sha256: prompt.text for sha256, prompt in prompts.items()})
    sentences = []
    for sentence, replies in _by_sentence(plan):
        annotations = [annotation_of(reply, sentence, params, names, asked) for reply in replies]
        aligned = align_sentence(sentence, annotations, prompts, params)
        sentences.append(ReadSentence(sentence, replies, annotations, aligned))
    return sentences


def worst(sentences: Sequence[ReadSentence], count: int) -> list[ReadSentence]:
    """Return the sentences with the most errors, missed and wrong spans, failed ones before others of as many."""
    with_errors = [read for read in sentences if read.missed or read.wrong or read.failed]
    return sorted(with_errors, key=lambda read: (-len(read.missed) - len(read.wrong), not read.failed))[:count]


def _prompts(plan: RequestPlan) -> dict[str, Prompt]:
    return {request.prompt.sha256: request.prompt for request in plan.requests}


def _by_sentence(plan: RequestPlan) -> Iterator[tuple[Sentence, list[Reply]]]:
    sentences: dict[str, Sentence] = {}
    replies: dict[str, list[Reply]] = {}
    for request, reply in plan.replies():
        sentence_id = request.sentence["id"]
        sentences[sentence_id] = request.sentence
        replies.setdefault(sentence_id, []).append({**reply, "id": sentence_id})  # the text may have another's id
    return ((sentences[sentence_id], of_sentence) for sentence_id, of_sentence in replies.items())
