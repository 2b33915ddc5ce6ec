"""What there is in the user's files, in words: sentences, lengths, scripts, types, duplicates, notes."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tinyner.bio import tags_to_spans
from tinyner.init import scripts
from tinyner.init.readers import Content
from tinyner.plurals import number
from tinyner.rows import Sentence, squeezed, text_of


def lines(content: Content) -> Iterator[str]:
    """Yield what there is in a file, the first line without its name."""
    sentences = content.sentences
    lengths = [len(sentence["words"]) for sentence in sentences]
    rows = content.rows[-1] + 1
    texts = f"{number(rows, 'text')} of " if rows < len(sentences) else ""
    encoding = "" if content.file.encoding == "UTF-8" else f" in {content.file.encoding}, which is copied as UTF-8"
    yield (
        f"{content.format}{encoding}: {texts}{number(len(sentences), 'sentence')}, {number(sum(lengths), 'word')} "
        f"(median {statistics.median_low(lengths)} a sentence, longest {max(lengths)}); "
        f"{scripts.described(map(text_of, sentences))}"
    )
    if content.columns:
        yield content.columns
    documents = len(set(content.documents))
    if documents < rows:
        yield f"{number(documents, 'document')}, whose sentences are kept together"
    again = duplicates(sentences)
    if again:
        yield f"sentences that stand there a second time: {again:,}"
    for _, phrase in content.notes.phrases():
        yield phrase


def labels_line(sentences: Sequence[Sentence], types: Iterable[str]) -> str:
    """Return how often each type stands in labelled sentences, and how many have none."""
    counts = entity_counts(sentences)
    without = sum(not any(tag != "O" for tag in sentence["tags"]) for sentence in sentences)
    by_type = ", ".join(f"{name} {counts[name]:,}" for name in types)
    return f"{number(counts.total(), 'entity', 'entities')}: {by_type}; {number(without, 'sentence')} without any"


def entity_counts(sentences: Iterable[Sentence]) -> Counter[str]:
    """Return the number of entities by type."""
    return Counter(label for sentence in sentences for _, _, label in tags_to_spans(sentence.get("tags", [])))


def duplicates(sentences: Iterable[Sentence]) -> int:
    """Return how many sentences have the text of one before them, whatever the words and white space."""
    counts = Counter(squeezed(sentence["words"]) for sentence in sentences)
    return counts.total() - len(counts)


def in_both(sentences: Iterable[Sentence], others: Iterable[Sentence]) -> list[Sentence]:
    """Return the sentences whose text is that of one of the others, whatever the words and white space."""
    texts = {squeezed(sentence["words"]) for sentence in others}
    return [sentence for sentence in sentences if squeezed(sentence["words"]) in texts]


def overlap_lines(splits: Mapping[str, Sequence[Sentence]]) -> Iterator[str]:
    """Yield a line for each two splits with sentences in common."""
    names = list(splits)
    for index, name in enumerate(names):
        for other in names[index + 1 :]:
            common = len(in_both(splits[other], splits[name]))
            if common:
                yield f"{number(common, 'sentence')} of {other} stand in {name} too"
