"""What the sentences are like beside the parameters: sizes, types, splits, test sentences that stand elsewhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.checks.findings import Findings
from tinyner.checks.sources import AREA, Sources, ranked_by
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.overlap import seen_in
from tinyner.params import Params, Prepare
from tinyner.plurals import number
from tinyner.prepare import unwatched
from tinyner.prepare.missing_splits import KEYS, not_in_train, refusals, shortage, stand_in_range
from tinyner.rows import Sentence
from tinyner.stand_ins import held_out, is_stand_in, without, without_tags

_GROUP_SETS = {
    "A": ["original"],
    "B": ["target"],
    "C": ["target", "related"],
    "D": ["target", "original"],
    "E": ["target", "related", "original"],
}


@dataclass(frozen=True)
class Sets:
    """The sets that stage prepare would write, as far as their sources could be read; None where they could not."""

    target: Sequence[Sentence] | None
    original: Sequence[Sentence] | None
    related: Sequence[Sentence] | None
    valid: Sequence[Sentence] | None
    test: Sequence[Sentence] | None

    def of(self, name: str) -> Sequence[Sentence] | None:
        """Return a set by its name."""
        sentences: Sequence[Sentence] | None = getattr(self, name)
        return sentences

    def readable(self) -> Sequence[Sentence]:
        """Return the sentences of all sets, each once: stand-ins are target sentences."""
        of_people = [rows for rows in (self.valid, self.test) if rows is not None and not is_stand_in(rows)]
        return [sentence for rows in (self.target, self.original, self.related, *of_people) for sentence in rows or ()]


def check_data(findings: Findings, params: Params, sources: Sources, *, has_train: bool) -> Sets:
    """Add what is wrong with the sources beside the parameters, and return the sets that they come to.

    Args:
        findings: to add to.
        params: with the sections types and prepare, and train if ``has_train``.
        sources: as they were read.
        has_train: whether the section train can be used.
    """
    _check_splits(findings, params, sources, has_train=has_train)
    sets = _sets(findings, params, sources)
    if has_train:
        _check_train_sizes(findings, params, sources, sets)
    _check_types(findings, params, sources)
    _check_overlap(findings, params, sources, sets)
    return sets


def check_prepared(findings: Findings, sets: Sets, prepare_params: Prepare) -> None:
    """Say whether stage prepare has run, and whether what it wrote is still what the files and parameters say.

    With ``prepare.overlap: drop``, the test set is another one, and is not compared.
    """
    names = ("target", "original", "related", "valid", *(["test"] if prepare_params.overlap != "drop" else []))
    paths = {name: Path(f"data/prepared/{name}.jsonl") for name in names}
    if not all(path.exists() for path in paths.values()):
        findings.ok(AREA, "data/prepared: not made yet; next: dvc repro prepare")
        return
    changed = []
    for name, path in paths.items():
        rows = sets.of(name)
        try:
            prepared = [_content(sentence) for sentence in load(path)]
        except (UserError, KeyError, TypeError):
            prepared = []
        if rows is not None and list(map(_content, rows)) != prepared:
            changed.append(name)
    if changed:
        which = f"{', '.join(changed)} {'is' if len(changed) == 1 else 'are'}"
        stale = f"data/prepared: {which} not what params.yaml and the files say"
        if list(unwatched.sources(prepare_params)):  # dvc repro would not see it
            findings.warning(AREA, f"{stale}; run: {unwatched.AGAIN}")
        else:
            findings.ok(AREA, f"{stale} now; next: dvc repro prepare")
    else:
        findings.ok(AREA, "data/prepared: is what params.yaml and the files say")


def _content(sentence: Sentence) -> tuple[list[str], list[str] | None]:
    """Return what stages read of a sentence: its words, and its tags where it has any."""
    return sentence["words"], sentence.get("tags")


def _check_splits(findings: Findings, params: Params, sources: Sources, *, has_train: bool) -> None:
    """Check that params.yaml can do without the splits that the corpus lacks."""
    for refusal in refusals(sources.lacking, params.prepare, params.train.group if has_train else None):
        findings.error(AREA, refusal)
    for split, why in sources.lacking.items():
        size = _stand_in_size(params.prepare, split) if split in KEYS else None
        if size is not None:
            key = f"prepare.{KEYS[split]}"
            stand_in = f"{number(size, 'target sentence')} {'stands' if size == 1 else 'stand'} in"
            findings.ok(AREA, f"{why}; {stand_in}, with the LLM's labels ({key})")
        elif split == "train" and has_train and "original" not in _GROUP_SETS[params.train.group]:
            findings.ok(AREA, f"{why}; group {params.train.group} trains without")


def _stand_in_size(prepare_params: Prepare, split: str) -> int | None:
    size: int | None = getattr(prepare_params, KEYS[split])
    return size


def _sets(findings: Findings, params: Params, sources: Sources) -> Sets:
    """Return the sets, each cut to its size; add the sizes that their source does not have."""
    prepare_params = params.prepare
    original: Sequence[Sentence] | None = None
    if "train" in sources.lacking:
        original = ()
    elif "train" in sources.splits:
        original = ranked_by(params, sources.splits["train"])
    target = None if sources.target is None else ranked_by(params, sources.target)
    if prepare_params.target == "corpus" and original is not None:
        target = original[: prepare_params.target_size]
        original = original[prepare_params.target_size :]
    related = None if sources.related is None else ranked_by(params, sources.related)
    cut = [
        _cut(findings, rows, getattr(prepare_params, f"{name}_size"), f"prepare.{name}_size")
        for name, rows in (("target", target), ("original", original), ("related", related))
    ]
    valid = sources.splits.get("valid")
    stand_ins = _stand_ins(findings, prepare_params, sources, cut[0])
    return Sets(
        cut[0],
        [] if "train" in sources.lacking else cut[1],
        cut[2],
        ranked_by(params, valid) if valid is not None else stand_ins.get("valid"),
        sources.splits.get("test", stand_ins.get("test")),
    )


def _cut(findings: Findings, rows: Sequence[Sentence] | None, size: int | None, key: str) -> Sequence[Sentence] | None:
    if rows is not None and size is not None and size > len(rows) and rows:
        cure = "lower it, or leave it empty for all"
        findings.error(AREA, f"{key}: {number(size, 'sentence')} wanted, there are {len(rows):,}; {cure}")
    return rows if rows is None else rows[:size]


def _stand_ins(
    findings: Findings, prepare_params: Prepare, sources: Sources, target: Sequence[Sentence] | None
) -> dict[str, Sequence[Sentence]]:
    """Return the target sentences, without tags, that stand in for splits: first those of test, then those of valid."""
    train = sources.splits.get("train", [])
    free = None if target is None else not_in_train(target, train, prepare_params)
    stand_ins: dict[str, Sequence[Sentence]] = {}
    for split in KEYS:
        if free is None or split not in sources.lacking or _stand_in_size(prepare_params, split) is None:
            continue
        start, end = stand_in_range(split, prepare_params)
        stand_ins[split] = [without_tags(row) for row in free[start:end]]
        lacking = shortage(split, len(target or []), len(free), prepare_params)
        if lacking is not None:
            findings.error(AREA, lacking)
    return stand_ins


def _check_train_sizes(findings: Findings, params: Params, sources: Sources, sets: Sets) -> None:
    train_params = params.train
    if sets.valid is not None and train_params.dev_size > len(sets.valid):
        findings.error(
            AREA,
            f"train.dev_size: {number(train_params.dev_size, 'sentence')} wanted, valid has {len(sets.valid)}; "
            f"set it to at most {len(sets.valid)}",
        )
    held_out_texts = held_out(params.prepare, sets.test or [], sets.valid or [])
    for name in _GROUP_SETS[train_params.group]:
        rows, size = sets.of(name), getattr(train_params, f"{name}_size")
        if rows is None or (name == "original" and "train" in sources.lacking):  # said before
            continue
        if not rows or size == 0:
            findings.error(AREA, f"train.group: {train_params.group} needs {name} sentences, and there are none")
            continue
        free = rows if name == "original" else without(rows, held_out_texts)
        some = ""
        if len(free) < len(rows):
            some = f", and {len(rows) - len(free)} more that are held out, as their text stands in test or valid"
        if not free:
            findings.error(
                AREA,
                f"train.group: {train_params.group} needs {name} sentences, and there are none{some} "
                "(prepare.test_from_target, valid_from_target); lower these, or give more sentences",
            )
        elif size is not None and size > len(free):
            wish = number(size, "sentence")
            findings.error(AREA, f"train.{name}_size: {wish} wanted, there are {len(free):,}{some}; lower it")


def _check_types(findings: Findings, params: Params, sources: Sources) -> None:
    """Warn of types of the scheme without a gold entity."""
    counts = {split: _entities(rows) for split, rows in sources.splits.items()}
    nowhere = [name for name in params.types if counts and not any(of_split[name] for of_split in counts.values())]
    if nowhere:
        findings.warning(
            AREA,
            f"types: no gold sentence has {', '.join(nowhere)}; is the name right? "
            "Its score will say nothing, nor will a pilot",
        )
    not_in_test = [name for name in params.types if "test" in counts and not counts["test"][name]]
    left = [name for name in not_in_test if name not in nowhere]
    if left:
        findings.warning(AREA, f"test: has no entity of type {', '.join(left)}; its score will say nothing of these")


def _entities(rows: Sequence[Sentence]) -> Counter[str]:
    return Counter(tag[2:] for row in rows for tag in row.get("tags", ()) if tag.startswith("B-"))


def _check_overlap(findings: Findings, params: Params, sources: Sources, sets: Sets) -> None:
    """Count test sentences that stand in other sets; params.yaml says what becomes of them."""
    test = sources.splits.get("test")
    if test is None:
        return
    compared = {
        "train": sources.splits.get("train", []),
        **{name: sets.of(name) or [] for name in ("target", "related", "valid")},
    }
    seen = seen_in(test, compared)
    counts = Counter(name for names in seen for name in names)
    if not counts:
        return
    total = sum(map(bool, seen))
    of_sets = ", ".join(f"{name} {counts[name]}" for name in compared if counts[name])
    stand = f"{number(len(test), 'sentence')} {'stands' if total == 1 else 'stand'}"
    text = f"test: {total:,} of {stand} word for word in other sets ({of_sets})"
    overlap = params.prepare.overlap
    if overlap == "error":
        findings.error(AREA, f"{text}; take them out, or set prepare.overlap to drop or warn")
    elif overlap == "drop" and total == len(test):
        findings.error(AREA, f"{text}; prepare.overlap: drop leaves no test sentence")
    elif overlap == "drop":
        findings.ok(AREA, f"{text}; prepare.overlap: drop leaves them out")
    else:
        findings.warning(AREA, f"{text}; a student may know them by heart; evaluate scores the others as unseen_f1")
