"""Stage prepare: ``python -m tinyner.prepare``."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tinyner import errors
from tinyner.errors import UserError
from tinyner.files import write_json, write_rows
from tinyner.params import Prepare, load_params
from tinyner.prepare import corpus, fetch, news, own_files
from tinyner.prepare.student import fetch_student
from tinyner.rows import Sentence

PREPARED = Path("data/prepared")
STUDENT = Path("data/student")


def ranked(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
    """Sentences in order of sha256 of ``{seed}:{id}``, so that a smaller sample is a prefix of a larger one."""
    return sorted(sentences, key=lambda row: hashlib.sha256(f"{seed}:{row['id']}".encode()).hexdigest())


def main() -> None:
    """Fetch the sources, sample the sets and write them."""
    knobs = load_params()
    prepare, types = knobs.prepare, list(knobs.types)
    splits = corpus.read(prepare.corpus, types)
    if knobs.train.dev_size > len(splits["valid"]):  # said before an LLM is paid
        raise UserError(
            f"train.dev_size: {knobs.train.dev_size} sentences wanted, the valid split has {len(splits['valid'])}"
        )
    train = ranked(splits["train"], prepare.seed)
    if prepare.target == "corpus":
        assert prepare.target_size is not None
        wanted = prepare.target_size + (prepare.original_size or 0)
        if wanted > len(train):
            raise UserError(
                f"prepare.target_size + original_size: {wanted} sentences wanted, the train split has {len(train)}"
            )
        target, train = train[: prepare.target_size], train[prepare.target_size :]
    else:
        target = ranked(own_files.read(fetch.file(prepare.target), "own", types), prepare.seed)
    sets = {
        "target": _prefix(target, prepare.target_size, "target_size"),
        "original": _prefix(train, prepare.original_size, "original_size"),
        "related": _related(prepare, types),
        "valid": ranked(splits["valid"], prepare.seed),
        "test": splits["test"],
        "test_conllpp": _corrected(prepare, splits["test"], types),
    }
    fetch_student(prepare.student, STUDENT)
    for name, sentences in sets.items():
        write_rows(PREPARED / f"{name}.jsonl", sentences)
    counts = [
        {"split": name, "sentences": len(sentences), **_entities(sentences, types)} for name, sentences in sets.items()
    ]
    write_json(Path("metrics/prepare.json"), {"splits": counts})
    print(", ".join(f"{name} {len(sentences)}" for name, sentences in sets.items()))


def _prefix(sentences: list[Sentence], size: int | None, key: str) -> list[Sentence]:
    if size is not None and size > len(sentences):
        raise UserError(f"prepare.{key}: {size} sentences wanted, the source has {len(sentences)}")
    return sentences[:size]


def _corrected(prepare: Prepare, test: Sequence[Sentence], types: Sequence[str]) -> list[Sentence]:
    """The test set with other labels, for the same predictions to be scored against."""
    if prepare.conllpp == "none":
        return []
    corrected = corpus.labelled(prepare.conllpp, "test", types)
    if [row["words"] for row in corrected] != [row["words"] for row in test]:
        raise UserError(f"prepare.conllpp: the sentences of {prepare.conllpp} are not those of the test set")
    return corrected


def _related(prepare: Prepare, types: Sequence[str]) -> list[Sentence]:
    if prepare.related == "none":
        return []
    if prepare.related == "wheel":
        sentences = news.sentences(news.articles_2017())
    else:
        path = fetch.file(prepare.related)
        if path.suffix.lower() in (".jsonl", ".csv"):
            sentences = own_files.read(path, "own-news", types)
        else:
            sentences = news.sentences(news.articles_greene_cunningham(path))
    return _prefix(ranked(sentences, prepare.seed), prepare.related_size, "related_size")


def _entities(sentences: Sequence[Sentence], types: Sequence[str]) -> dict[str, int]:
    counts = Counter(tag[2:] for row in sentences for tag in row.get("tags", ()) if tag.startswith("B-"))
    return {name: counts[name] for name in types}


if __name__ == "__main__":
    errors.run(main)
