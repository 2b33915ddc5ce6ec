"""What becomes of the splits that a corpus lacks: target sentences stand in as test and dev set, nothing as train."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tinyner.errors import UserError
from tinyner.params import Prepare
from tinyner.plurals import number
from tinyner.prepare.corpus import Corpus
from tinyner.rows import Sentence, squeezed
from tinyner.stand_ins import AGREEMENT, not_among, without_tags

KEYS = {"test": "test_from_target", "valid": "valid_from_target"}
"""The key of ``prepare`` with the number of stand-ins, by split."""

_NEED_ORIGINAL = "ADE"  # groups


def check(corpus: Corpus, prepare_params: Prepare, group: str, unused: str | None = None) -> None:
    """Check that params.yaml can do without the splits that the corpus lacks.

    Args:
        corpus: as it was read.
        prepare_params: the section ``prepare``.
        group: ``train.group``.
        unused: a line that names files of the corpus folder which nothing uses: a split's name may be misspelt.

    Raises:
        UserError: if it can't, before an LLM is paid.
    """
    for refusal in refusals(corpus.missing, prepare_params, group):
        raise UserError(f"{refusal}; {unused}" if unused else refusal)


def refusals(missing: Mapping[str, str], prepare_params: Prepare, group: str | None) -> Iterator[str]:
    """Yield what params.yaml can't do without the splits that a corpus lacks, and what to do, a line each.

    Args:
        missing: by split, why it is not there.
        prepare_params: the section ``prepare``.
        group: ``train.group``; None if that can't be read.
    """
    phrase = missing.get("train")
    if phrase and prepare_params.target == "corpus":
        yield f"prepare.target: corpus takes sentences of the train split, but {phrase}; name a file"
    if phrase and group is not None and group in _NEED_ORIGINAL:
        yield (
            f"train.group: {group} trains on original sentences, which are those of train, but {phrase}; choose B or "
            "C, which train on the LLM's labels alone"
        )
    unset = [split for split in KEYS if split in missing and getattr(prepare_params, KEYS[split]) is None]
    if unset:
        phrases = "; ".join(dict.fromkeys(missing[split] for split in unset))
        place = "" if prepare_params.corpus == "none" else "put it there (where git or DVC tracks it), or "
        keys = " and ".join(f"prepare.{KEYS[split]}" for split in unset)
        yield (
            f"{phrases}; {place}set {keys}: how many target sentences, with the LLM's labels, stand in for "
            f"{' and for '.join(unset)}"
        )
    if "test" in missing and prepare_params.conllpp != "none":
        yield f"prepare.conllpp corrects the labels of test, but {missing['test']}; set it to none"


def stand_ins(
    split: str, target: Sequence[Sentence], train: Sequence[Sentence], prepare_params: Prepare
) -> list[Sentence]:
    """Return the target sentences, without tags, that stand in for a split which the corpus lacks.

    Of the target sentences that do not stand in train too, those for test are the first ones, those for valid the ones
    behind them: the same in a larger target set, and also if the corpus has a test split.

    Args:
        split: test or valid.
        target: sentences by rank.
        train: the whole split; empty if the corpus lacks it too.
        prepare_params: have the sizes.

    Raises:
        UserError: if there are too few.
    """
    start, end = stand_in_range(split, prepare_params)
    chosen, free = list[Sentence](), 0
    for row in _free(target, train, prepare_params):
        if start <= free < end:
            chosen.append(without_tags(row))
        free += 1
    lacking = shortage(split, len(target), free, prepare_params)
    if lacking is not None:
        raise UserError(lacking)
    return chosen


def shortage(split: str, target: int, free: int, prepare_params: Prepare) -> str | None:
    """Return what is said if target sentences are too few to stand in for a split, None if there are enough.

    Args:
        split: test or valid.
        target: the number of target sentences.
        free: the number of those that may stand in.
        prepare_params: have the sizes.
    """
    start, end = stand_in_range(split, prepare_params)
    if end <= free:
        return None
    keys = "test_from_target + valid_from_target" if start else KEYS[split]
    which = f", but for {target - free} whose text stands in train" if free < target else ""
    return (
        f"prepare.{keys}: {number(end, 'sentence')} wanted, there are {number(free, 'target sentence')}{which}; "
        "lower it, or give more sentences"
    )


def not_in_train(target: Sequence[Sentence], train: Sequence[Sentence], prepare_params: Prepare) -> list[Sentence]:
    """Return the target sentences whose text no other sentence of train has.

    The others may not stand in, as they would be trained on with their human labels.
    """
    return list(_free(target, train, prepare_params))


def _free(target: Iterable[Sentence], train: Iterable[Sentence], prepare_params: Prepare) -> Iterator[Sentence]:
    counts = Counter(squeezed(row["words"]) for row in train)
    itself = 1 if prepare_params.target == "corpus" else 0
    return (row for row in target if counts[squeezed(row["words"])] <= itself)


def check_something_left(target: Sequence[Sentence], held_out_texts: set[str], group: str) -> None:
    """Check that a group that trains on target sentences has some that are not held out.

    Raises:
        UserError: if none is left.
    """
    if target and group != "A" and not any(not_among(target, held_out_texts)):
        raise UserError(
            f"prepare.test_from_target, valid_from_target: all {len(target)} target sentences are held out as test and "
            "dev set, and none is left to train on; lower them, or raise prepare.target_size"
        )


def lines(corpus: Corpus, sets: Mapping[str, Sequence[Sentence]], prepare_params: Prepare) -> Iterator[str]:
    """Yield a line for each split that the corpus lacks, or that makes a stand-in needless; ``sets`` as prepared."""
    train = corpus.splits.get("train", [])
    in_train = 0
    if any(split in corpus.missing for split in KEYS):
        in_train = len(sets["target"]) - sum(1 for _ in _free(sets["target"], train, prepare_params))
    passed_over = f", not counting {in_train} whose text stands in train," if in_train else ""
    if "train" in corpus.missing:
        yield f"train: {corpus.missing['train']}; without original sentences, train.group can be B or C"
    for split, key in KEYS.items():
        size = getattr(prepare_params, key)
        if split in corpus.missing:
            start, end = stand_in_range(split, prepare_params)
            yield f"{split}: {corpus.missing[split]}; " + (
                f"target sentences {start + 1} to {end}{passed_over} stand in, with the LLM's labels: scores on them "
                f"are {AGREEMENT}"
                if size
                else f"it stays empty (prepare.{key}: 0)"
            )
        elif size:
            with_labels = number(len(corpus.splits[split]), "sentence")
            yield (
                f"{split}: the corpus has {with_labels} with human labels; the LLM's labels "
                f"no longer stand in (prepare.{key}: {size}), and no distilled sentence with their text is trained on"
            )
    ids = {row["id"] for split in KEYS if split in corpus.missing for row in sets[split]}
    labelled = sum("tags" in row for row in sets["target"] if row["id"] in ids)
    if labelled:
        yield (
            f"target: {labelled} of the sentences that stand in have human labels, which score the LLM alone; in a "
            "file of prepare.corpus for test or valid, they score the student"
        )


def stand_in_range(split: str, prepare_params: Prepare) -> tuple[int, int]:
    """Return the half-open range of the target sentences that stand in for a split."""
    test_size, valid_size = prepare_params.test_from_target or 0, prepare_params.valid_from_target or 0
    return (0, test_size) if split == "test" else (test_size, test_size + valid_size)
