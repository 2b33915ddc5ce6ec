"""Stage prepare: ``python -m tinyner.prepare``."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tinyner import errors
from tinyner.errors import UserError
from tinyner.files import write_json, write_rows
from tinyner.params import Prepare, load_params
from tinyner.prepare import bbc_news, corpus, fetch, user_files
from tinyner.prepare.student import fetch_student
from tinyner.rows import Sentence

PREPARED = Path("data/prepared")
STUDENT = Path("data/student")


def ranked(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
    """Sort sentences by the sha256 of ``{seed}:{id}``, so that a smaller sample is a prefix of a larger one."""
    return sorted(sentences, key=lambda sentence: hashlib.sha256(f"{seed}:{sentence['id']}".encode()).hexdigest())


def main() -> None:
    """Fetch the sources, sample the sets and write them."""
    params = load_params()
    prepare_params, types = params.prepare, list(params.types)
    splits = corpus.read(prepare_params.corpus, types)
    if params.train.dev_size > len(splits["valid"]):  # checked here, before an LLM is paid
        raise UserError(
            f"train.dev_size: {params.train.dev_size} sentences wanted, the valid split has {len(splits['valid'])}"
        )
    target, original = _target_and_original(prepare_params, splits["train"], types)
    sets = {
        "target": target,
        "original": original,
        "related": _related(prepare_params, types),
        "valid": ranked(splits["valid"], prepare_params.seed),
        "test": splits["test"],
        "test_conllpp": _corrected_test(prepare_params, splits["test"], types),
    }
    fetch_student(prepare_params.student, STUDENT)
    for name, sentences in sets.items():
        write_rows(PREPARED / f"{name}.jsonl", sentences)
    counts = [
        {"split": name, "sentences": len(sentences), **_entity_counts(sentences, types)}
        for name, sentences in sets.items()
    ]
    write_json(Path("metrics/prepare.json"), {"splits": counts})
    print(", ".join(f"{name} {len(sentences)}" for name, sentences in sets.items()))


def _target_and_original(
    prepare_params: Prepare, train: Sequence[Sentence], types: Sequence[str]
) -> tuple[list[Sentence], list[Sentence]]:
    """Return two samples without a sentence in common: the target and the original sentences."""
    target_size, original_size = prepare_params.target_size, prepare_params.original_size
    original = ranked(train, prepare_params.seed)
    if prepare_params.target == "corpus":
        assert target_size is not None
        size = target_size + (original_size or 0)
        if size > len(train):
            raise UserError(
                f"prepare.target_size + original_size: {size} sentences wanted, the train split has {len(train)}"
            )
        target, original = original[:target_size], original[target_size:]
    else:
        sentences = user_files.read(fetch.file(prepare_params.target), "own", types)
        target = ranked(sentences, prepare_params.seed)
    return _prefix(target, target_size, "target_size"), _prefix(original, original_size, "original_size")


def _prefix(sentences: list[Sentence], size: int | None, key: str) -> list[Sentence]:
    if size is not None and size > len(sentences):
        raise UserError(f"prepare.{key}: {size} sentences wanted, the source has {len(sentences)}")
    return sentences[:size]


def _corrected_test(prepare_params: Prepare, test: Sequence[Sentence], types: Sequence[str]) -> list[Sentence]:
    """Return the test set with corrected labels, as CoNLL++ has, to score the same predictions against."""
    if prepare_params.conllpp == "none":
        return []
    corrected = corpus.labelled(prepare_params.conllpp, "test", types)
    if [sentence["words"] for sentence in corrected] != [sentence["words"] for sentence in test]:
        raise UserError(f"prepare.conllpp: the sentences of {prepare_params.conllpp} are not those of the test set")
    return corrected


def _related(prepare_params: Prepare, types: Sequence[str]) -> list[Sentence]:
    if prepare_params.related == "none":
        return []
    if prepare_params.related == "wheel":
        sentences = bbc_news.sentences(bbc_news.articles_2017())
    else:
        path = fetch.file(prepare_params.related)
        if path.suffix.lower() in (".jsonl", ".csv"):
            sentences = user_files.read(path, "own-news", types)
        else:
            sentences = bbc_news.sentences(bbc_news.articles_greene_cunningham(path))
    return _prefix(ranked(sentences, prepare_params.seed), prepare_params.related_size, "related_size")


def _entity_counts(sentences: Sequence[Sentence], types: Sequence[str]) -> dict[str, int]:
    counts = Counter(tag[2:] for sentence in sentences for tag in sentence.get("tags", ()) if tag.startswith("B-"))
    return {name: counts[name] for name in types}


if __name__ == "__main__":
    errors.run(main)
