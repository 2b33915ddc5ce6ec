"""A pilot without gold: some target sentences are asked for, to be looked at; nothing is scored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.annotate.gold_sentences import Askable
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.pilot.answers import Answers, answers_content, sentence_content
from tinyner.pilot.asking import answerable, ask
from tinyner.pilot.candidates import Candidate
from tinyner.pilot.gold import PREPARED, Part
from tinyner.plurals import number
from tinyner.rows import Sentence
from tinyner.stand_ins import held_out, without

NO_ACCURACY = "without gold labels, nothing here says how right the replies are"


@dataclass(frozen=True)
class Look:
    """The sentences, and what each candidate made of them."""

    part: Part
    results: list[Answers]


def run_look(count: int, compared: Sequence[Candidate], prompt_texts: Sequence[str]) -> Look:
    """Ask for the first target sentences that no prompt shows and that don't stand in for test or dev.

    Args:
        count: of sentences.
        compared: the candidates, each of which is asked for all of them.
        prompt_texts: templates and examples; a sentence that stands in one of them is not taken.

    Raises:
        UserError: where there is no such sentence, or the annotator can't be asked, or replies are missing.
        KeyboardInterrupt: where Ctrl-C ended it; the replies that came are stored.
    """
    target, test, valid = (_prepared(name) for name in ("target", "test", "valid"))
    free = without(target, held_out(compared[0].params.prepare, test, valid))
    sentences = answerable(compared, Askable(test, prompt_texts).of(free))
    if not sentences:
        raise UserError(
            f"pilot: no gold sentence, and none of {len(target):,} in {PREPARED}/target.jsonl can be looked at "
            "instead: they stand in test, are held out as dev set, stand in the prompt, or have no recorded reply"
        )
    print(f"no gold sentence, so nothing is scored: {NO_ACCURACY}", flush=True)
    if len(sentences) < count:
        print(f"-n {count}: there are no more than {number(len(sentences), 'sentence')} to look at", flush=True)
    part = Part("target", sentences[:count], len(sentences))
    return Look(part, [Answers.of(asked) for asked in ask(compared, part.sentences)])


def _prepared(name: str) -> list[Sentence]:
    path = PREPARED / f"{name}.jsonl"
    rows: list[Sentence] = load(path)
    return rows


def type_counts(answers: Answers) -> dict[str, int]:
    """Return how many entities of each type the replies come to, the types in the order of params.yaml."""
    counts = Counter(label for read in answers.sentences for _, _, label in read.spans)
    return {label: counts[label] for label in answers.asked.candidate.params.types}


def look_content(look: Look) -> dict[str, Any]:
    """Return the whole result, for JSON."""
    return {
        "gold": False,
        "sentences": len(look.part.sentences),
        "from": {str(look.part.path): len(look.part.sentences)},
        "available": look.part.available,
        "candidates": [
            {
                **answers_content(result),
                "entities": type_counts(result),
                "rows": [sentence_content(read) for read in result.sentences],
            }
            for result in look.results
        ],
    }
