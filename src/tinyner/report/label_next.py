"""What to label next: the types with the fewest examples, and the sentences that the student doubts most."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tinyner.bio import tags_to_spans
from tinyner.compare.table import Column, Table, Value
from tinyner.report import answers
from tinyner.report.answers import Answer
from tinyner.report.doubts import MODEL, Doubt, Doubts
from tinyner.report.html_table import html_table
from tinyner.report.inputs import Corpus
from tinyner.report.markup import Child, Markup, element, joined, prose
from tinyner.report.scored_runs import ScoredRun
from tinyner.rows import Example, Sentence


def section(run: ScoredRun, corpus: Corpus | None, doubts: Doubts) -> Markup:
    """Say which types and sentences to label next, and by which rule."""
    parts: list[Child] = [element("h3", "Types with few examples")]
    if corpus is None:
        parts.append(element("p", "Examples can’t be counted: the run’s sentences are not here (see --data)."))
    else:
        counts = counted(corpus.original), spans_of(corpus.examples.values())
        parts += [html_table(_table(run, *counts)), element("p", prose(_advice(run, *counts)), class_="advice")]
    parts.append(element("h3", "Sentences that it doubts"))
    if not doubts.rows:
        parts.append(element("p", prose(f"None are listed: {doubts.reason}.")))
        return joined(parts)
    rule = (
        f"The rule: the student in {MODEL} reads the first {doubts.read:,} target sentences that people have not "
        "labelled; a sentence’s score is the lowest probability of an entity that it finds there (sentences without "
        f"one have none), and the {len(doubts.rows)} lowest are listed. It was trained on the LLM’s labels of most of "
        "them, so a low score is a label that it could not learn. They are drawn against the LLM’s labels: either may "
        "be right."
    )
    advice = (
        "Label these and put them into train (`data/own/train.jsonl`), never into test: chosen for doubt, they would "
        "make a harder test set than your texts are. A test set needs sentences drawn at random."
    )
    examples = corpus.examples if corpus else {}
    pairs = [(doubt, examples.get(doubt.sentence["id"])) for doubt in doubts.rows]
    drawn, remarks = [_drawn(*pair) for pair in pairs], [_remark(*pair) for pair in pairs]
    parts += [element("p", rule), answers.drawing(drawn, remarks), element("p", prose(advice), class_="advice")]
    return joined(parts)


def counted(sentences: Iterable[Sentence]) -> Counter[str]:
    """Return the numbers of entities by type in labelled sentences."""
    return Counter(label for row in sentences for _, _, label in tags_to_spans(row.get("tags", [])))


def spans_of(examples: Iterable[Example]) -> Counter[str]:
    """Return the numbers of entities by type in what the LLM labelled."""
    return Counter(span["label"] for row in examples for span in row["spans"])


def fewest(types: Sequence[str], by_people: Counter[str], by_llm: Counter[str]) -> list[str]:
    """Return the types, the one with fewest examples by people first, of equals the one with fewest by the LLM.

    >>> fewest(["PER", "LOC", "ORG"], Counter(PER=3, LOC=1, ORG=1), Counter(LOC=9, ORG=4))
    ['ORG', 'LOC', 'PER']
    """
    return sorted(types, key=lambda name: (by_people[name], by_llm[name]))


def _table(run: ScoredRun, by_people: Counter[str], by_llm: Counter[str]) -> Table:
    measure = "agreement" if run.by_teacher else "F1"
    support = {row["of"]: row["support"] for row in run.run.summary}
    rows: list[tuple[Value, ...]] = [
        (name, by_people[name], by_llm[name], support.get(name), run.scores[name]["f1"].score)
        for name in fewest(run.types, by_people, by_llm)
    ]
    columns = (
        Column("type"),
        Column("by people", "examples"),
        Column("by the LLM", "examples"),
        Column("entities of test"),
        Column(measure),
    )
    return Table("Entities by type, the type with fewest examples by people first", columns, tuple(rows))


def _advice(run: ScoredRun, by_people: Counter[str], by_llm: Counter[str]) -> str:
    if not run.types:
        return "No type has a score."
    first = fewest(run.types, by_people, by_llm)[0]
    number = f"{by_people[first]:,} by people, {by_llm[first]:,} by the LLM"
    return f"Look for sentences with {first} first: it has fewest examples, {number}."


def _drawn(doubt: Doubt, example: Example | None) -> Answer:
    """Return a sentence with the student's spans, against the LLM's where it labelled the sentence."""
    scores = dict(zip(doubt.spans, doubt.probabilities, strict=True))
    if example is None:
        return Answer(doubt.sentence, [], doubt.spans, by_teacher=True, is_judged=False, scores=scores)
    llm = [(span["start"], span["end"], span["label"]) for span in example["spans"]]
    return Answer(doubt.sentence, llm, doubt.spans, by_teacher=True, scores=scores)


def _remark(doubt: Doubt, example: Example | None) -> str:
    unlabelled = ", not labelled by the LLM" if example is None else ""
    return f"lowest score {doubt.score:.2f}{unlabelled}"
