"""Stage prepare: ``python -m tinyner.prepare``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tinyner import errors, fetch
from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.errors import UserError
from tinyner.files import rows_file, write_json
from tinyner.overlap import SETS, learned_from, seen_in
from tinyner.params import Prepare, load_params
from tinyner.plurals import number
from tinyner.prepare import corpus, missing_splits, related, unused_files, unwatched
from tinyner.prepare.balance import Source, checked
from tinyner.prepare.ranking import first, ranked
from tinyner.prepare.student import fetch_student
from tinyner.rows import Sentence
from tinyner.stage_lock import alone
from tinyner.stand_ins import held_out, is_stand_in

PREPARED = Path("data/prepared")
STUDENT = Path("data/student")
OPTIONAL = ("related", "test_conllpp")
"""Sets that few corpora have: where they are empty, they aren't counted."""


def main() -> None:
    """Fetch the sources, sample the sets and write them."""
    params = load_params()
    prepare_params, types, reading = params.prepare, list(params.types), Reading.of(params)
    labelled = corpus.read(prepare_params.corpus, reading)
    # Checks of other stages' parameters are made here, before an LLM is paid.
    missing_splits.check(labelled, prepare_params, params.train.group, unused_files.line(params))
    train = labelled.splits.get("train")
    user_sentences = _sentences_of_target(prepare_params, reading)
    target, original = _target_and_original(prepare_params, train, user_sentences)
    test, valid = (
        labelled.splits[split]
        if split in labelled.splits
        else missing_splits.stand_ins(split, target, labelled.splits.get("train", []), prepare_params)
        for split in ("test", "valid")
    )
    if params.train.dev_size > len(valid):
        raise UserError(f"train.dev_size: {number(params.train.dev_size, 'sentence')} wanted, valid has {len(valid):,}")
    held_out_texts = held_out(prepare_params, test, valid)
    missing_splits.check_something_left(target, held_out_texts, params.train.group)
    corrected = _corrected_test(prepare_params, test, reading)
    all_related = related.read(prepare_params.related, reading)
    sets = {
        "target": target,
        "original": original,
        "related": related.chosen(prepare_params, all_related),
        "valid": valid if "valid" in labelled.missing else ranked(valid, prepare_params.seed),
        "test": test,
        "test_conllpp": corrected,
    }
    compared = _compared(prepare_params, labelled.splits.get("train", []), sets, held_out_texts)
    seen = seen_in(test, compared)
    for name in ("test", "test_conllpp"):
        sets[name] = without_seen(sets[name], seen, prepare_params.overlap)
    of_head = fetch_student(prepare_params.student, STUDENT, params.labels)
    of_target = train or [] if user_sentences is None else user_sentences
    sources = {"target": of_target, "original": train or [], "related": all_related, "valid": valid, "test": test}
    counts = _write(sets, {**sources, "test_conllpp": corrected}, _sizes(prepare_params, sources, seen), types)
    metrics = {"splits": counts, "overlap": overlap_counts(seen, list(compared)), "notes": reading.notes.rows()}
    write_json(Path("metrics/prepare.json"), metrics)
    for line in (*reading.notes.lines(), *missing_splits.lines(labelled, sets, prepare_params)):
        print(line)
    for of_files in filter(None, (*unused_files.lines(params), *unwatched.lines(params), of_head)):
        print(of_files)
    print(", ".join(f"{name} {len(rows)}" for name, rows in sets.items() if rows or name not in OPTIONAL))
    if any(seen):
        unseen = "teacher_agreement_unseen" if is_stand_in(test) else "unseen_f1"
        print(overlap_warning(seen, list(compared), prepare_params.overlap, unseen))


def _write(
    sets: Mapping[str, Sequence[Sentence]],
    sources: Mapping[str, Sequence[Sentence]],
    sizes: Mapping[str, int],
    types: Sequence[str],
) -> list[dict[str, object]]:
    """Write all sets, or none, and return the counts of each.

    Args:
        sets: by name.
        sources: what the sentences of each set are from.
        sizes: how many sentences each set has to have, where it is known before.
        types: of the scheme.

    Raises:
        UserError: where a set has other sentences than its source.
    """
    counts: list[dict[str, object]] = []
    with ExitStack() as stack:
        for name, sentences in sets.items():
            write = stack.enter_context(rows_file(PREPARED / f"{name}.jsonl"))
            entities: Counter[str] = Counter()
            size = sizes.get(name, len(sentences))
            for sentence in checked(name, sentences, Source(sources[name]), size):
                write(sentence)
                entities.update(tag[2:] for tag in sentence.get("tags", ()) if tag.startswith("B-"))
            of_types = {label: entities[label] for label in types}
            counts.append({"split": name, "sentences": len(sentences), **of_types})
    return counts


def _sizes(
    prepare_params: Prepare, sources: Mapping[str, Sequence[Sentence]], seen: Sequence[Sequence[str]]
) -> dict[str, int]:
    """Return how many sentences of each set params.yaml asks for; ``seen`` names the sets that have a test sentence."""
    asked = {
        "target": prepare_params.target_size,
        "original": prepare_params.original_size if sources["original"] else 0,
        "related": prepare_params.related_size if sources["related"] else 0,
    }
    sizes = {name: len(sources[name]) if size is None else size for name, size in asked.items()}
    if prepare_params.target == "corpus" and prepare_params.original_size is None:
        sizes["original"] -= sizes["target"]
    dropped = sum(map(bool, seen)) if prepare_params.overlap == "drop" else 0
    return {**sizes, "valid": len(sources["valid"]), "test": len(sources["test"]) - dropped}


def without_seen(sentences: Sequence[Sentence], seen: Sequence[Sequence[str]], overlap: str) -> Sequence[Sentence]:
    """Return the test sentences to keep, by ``prepare.overlap``; ``seen`` names the sets that have each.

    Raises:
        UserError: if none may be seen and some are, or none would be left.
    """
    if overlap == "warn" or not any(seen) or not sentences:
        return sentences
    kept = [sentence for sentence, names in zip(sentences, seen, strict=True) if not names]
    if overlap == "error":
        first_seen = next(sentence["id"] for sentence, names in zip(sentences, seen, strict=True) if names)
        raise UserError(
            f"{len(sentences) - len(kept)} of {len(sentences)} test sentences stand in train, valid or among the LLM's "
            f"sentences too, the first is {first_seen}; take them out, or set prepare.overlap to drop or warn"
        )
    if not kept:
        raise UserError("prepare.overlap: drop leaves no test sentence; all stand in train, valid or among the LLM's")
    return kept


def overlap_counts(seen: Sequence[Sequence[str]], names: Sequence[str]) -> list[dict[str, object]]:
    """Return how many test sentences each set has, and how many any set has."""
    counts = Counter(name for sentence in seen for name in sentence)
    rows: list[dict[str, object]] = [{"with": name, "test_sentences": counts[name]} for name in names]
    return [*rows, {"with": "any", "test_sentences": sum(map(bool, seen))}]


def overlap_warning(seen: Sequence[Sequence[str]], names: Sequence[str], overlap: str, unseen: str) -> str:
    """Return a line that says how many test sentences the other sets have, and what was done about it.

    ``unseen`` is the metric of the other test sentences.
    """
    counts = ", ".join(f"{row['with']} {row['test_sentences']}" for row in overlap_counts(seen, names)[:-1])
    kept = f"kept (prepare.overlap); evaluate scores the others as {unseen}"
    done = "dropped from test" if overlap == "drop" else kept
    total = sum(map(bool, seen))
    stand = f"{number(len(seen), 'sentence')} {'stands' if total == 1 else 'stand'}"
    return f"test: {total:,} of {stand} word for word in other sets ({counts}); {done}"


def _compared(
    prepare_params: Prepare,
    train: Sequence[Sentence],
    sets: Mapping[str, Sequence[Sentence]],
    held_out_texts: set[str],
) -> dict[str, Iterator[Sentence]]:
    """Return the sets that a test sentence should not be in: the whole train split, and those that are learned from.

    If target sentences of the train split stand in for test, they are no overlap with it.
    """
    is_from_train = prepare_params.target == "corpus" and is_stand_in(sets["test"])
    ids = {row["id"] for row in sets["test"]} if is_from_train else set()
    others = (row for row in train if row["id"] not in ids)
    return {"train": others, **learned_from({name: sets[name] for name in SETS}, held_out_texts)}


def _sentences_of_target(prepare_params: Prepare, reading: Reading) -> Sequence[Sentence] | None:
    """Return all sentences of the file that ``prepare.target`` names; None where it names the corpus."""
    if prepare_params.target == "corpus":
        return None
    return user_files.read(fetch.file(prepare_params.target), fetch.address(prepare_params.target), "own", reading)


def _target_and_original(
    prepare_params: Prepare, train: Sequence[Sentence] | None, user_sentences: Sequence[Sentence] | None
) -> tuple[Sequence[Sentence], Sequence[Sentence]]:
    """Return two samples without a sentence in common: the target and the original sentences.

    The target sentences are from ``user_sentences``, or from the train split where that is None.

    Without a train split there are no original ones, whatever ``prepare.original_size`` says.
    """
    target_size = prepare_params.target_size
    original_size = 0 if train is None else prepare_params.original_size
    original = ranked(train or [], prepare_params.seed)
    if user_sentences is None:
        assert target_size is not None
        size = target_size + (original_size or 0)
        if size > len(original):
            raise UserError(
                f"prepare.target_size + original_size: {size} sentences wanted, the train split has {len(original)}"
            )
        target, original = original[:target_size], original[target_size:]
    else:
        target = ranked(user_sentences, prepare_params.seed)
    return first(target, target_size, "target_size"), first(original, original_size, "original_size")


def _corrected_test(prepare_params: Prepare, test: Sequence[Sentence], reading: Reading) -> Sequence[Sentence]:
    """Return the test set with corrected labels, as CoNLL++ has, to score the same predictions against."""
    if prepare_params.conllpp == "none":
        return []
    corrected = corpus.labelled(prepare_params.conllpp, "test", reading)
    if [sentence["words"] for sentence in corrected] != [sentence["words"] for sentence in test]:
        raise UserError(f"prepare.conllpp: the sentences of {prepare_params.conllpp} are not those of the test set")
    return corrected


if __name__ == "__main__":
    errors.run(alone("prepare", main))
