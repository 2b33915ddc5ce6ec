"""Label shards: find them, leave out those that are done, label the others, say what became of all."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from tinyner.errors import UserError
from tinyner.plurals import number
from tinyner.predict.labelling import Counts
from tinyner.predict.options import Options
from tinyner.predict.origin import labelled_with
from tinyner.predict.output_format import OutputFormat, output_format
from tinyner.predict.speed import speed
from tinyner.predict.texts import Skipped
from tinyner.shards.plan import FORMATS, Shard, plan_of
from tinyner.shards.record import Labels, made_before
from tinyner.shards.storage import is_url, size_of
from tinyner.shards.work import Job, load

Engine = Literal["local", "ray"]
Labelling = Callable[[Sequence[Shard], Job, Path], Iterator[tuple[Shard, Labels | UserError]]]

_UNSEEN = "was written on a node, and is not seen here; name a folder that all nodes and this machine have, or a URL"
_NAMED = 5  # shards that failed or were made before, named one by one


def label_shards(
    names: Sequence[str],
    model: Path,
    output: str,
    options: Options,
    *,
    named_format: str | None = None,
    engine: Engine = "local",
) -> None:
    """Label files of texts, each into a file of its own below ``output``; those that are done are left out.

    A shard that can't be read stops no other one.

    Args:
        names: paths or URLs of folders, patterns or files.
        model: folder of the student.
        output: path or URL of a folder.
        options: what is read, and how it is labelled; a shard has one thread where they name no number.
        named_format: as ``--format`` names it; None: JSON lines.
        engine: what labels them.

    Raises:
        UserError: where names, output or model can't be used, or any shard could not be labelled.
    """
    chosen = _format(named_format)
    if engine == "ray":  # nodes have other working folders
        names, output = [_absolute(name) for name in names], _absolute(output)
    plan = plan_of(names, output, chosen)
    if plan.left_out:
        others = ", ".join(plan.left_out[:_NAMED])
        print(
            f"tinyner: left out, as their endings are not those of texts: {others}{_more(plan.left_out)}",
            file=sys.stderr,
        )
    options = replace(options, threads=1 if options.threads is None else options.threads)
    tagger = load(model, options)  # here, so that what is wrong with it is said once
    options = replace(options, min_score=options.lowest_score(tagger, model), precision=None)
    # Whatever the number of threads, the bytes are the same.
    made = labelled_with(model, {**asdict(options), "threads": None, "format": chosen})
    waiting, counts, skipped = _not_done(plan.shards, made)
    before = len(plan.shards) - len(waiting)
    failed = _label(_labelling(engine), waiting, Job(options, chosen, made), model, (counts, skipped))
    done = number(before, "shard was", "shards were")
    print(
        f"tinyner: {number(len(waiting) - len(failed), 'shard')} labelled{f', {done} done before' if before else ''}; "
        f"in {output} are {counts.summary()}",
        file=sys.stderr,
    )
    if failed:
        *first, last = [_line(shard, error) for shard, error in failed][:_NAMED]
        for line in first:
            print(f"tinyner: {line}", file=sys.stderr)
        raise UserError(
            f"{last}{_more(failed)}; {number(len(failed), 'shard')} could not be labelled; the same command tries only "
            "what failed"
        )


def _absolute(name: str) -> str:
    return name if is_url(name) else os.path.abspath(name)  # noqa: PTH100, links stay as they are called


def _format(name: str | None) -> OutputFormat:
    """Return the format by its name.

    Raises:
        UserError: where shards are not written so.
    """
    chosen = output_format(name or "jsonl", Path())
    if chosen not in FORMATS:
        raise UserError(f"--format {chosen}: shards are written as one of {', '.join(FORMATS)}")
    return chosen


def _labelling(engine: Engine) -> Labelling:
    if engine == "ray":
        from tinyner.shards.on_ray import label_on_ray  # noqa: PLC0415, an extra

        return label_on_ray
    from tinyner.shards.local import label_here  # noqa: PLC0415

    return label_here


def _not_done(shards: Sequence[Shard], made: dict[str, str]) -> tuple[list[Shard], Counts, Skipped]:
    """Return the shards that are to be labelled, and the counts of the others; say why some are labelled again."""
    waiting: list[Shard] = []
    again: dict[str, list[Shard]] = {}
    counts, skipped = Counts(), Skipped()
    for shard in shards:
        before = made_before(shard, made)
        if isinstance(before, Labels):
            _add(counts, before.counts)
            _add_skipped(skipped, before.skipped)
            continue
        waiting.append(shard)
        if before is not None:
            again.setdefault(before, []).append(shard)
    for reason, changed in again.items():
        files = ", ".join(shard.target for shard in changed[:_NAMED])
        print(f"tinyner: labelled again, as {reason}: {files}{_more(changed)}", file=sys.stderr)
    return waiting, counts, skipped


def _label(
    labelling: Labelling, shards: Sequence[Shard], job: Job, model: Path, before: tuple[Counts, Skipped]
) -> list[tuple[Shard, UserError]]:
    """Label shards, count their texts and bad lines to those before, and return the shards that failed."""
    failed: list[tuple[Shard, UserError]] = []
    counts, skipped = before
    size, read = sum(shard.size for shard in shards), 0
    with speed(counts, lambda: read / size if size else None, has_bar=True) as step:
        for shard, result in labelling(shards, job, model):
            read += shard.size
            if isinstance(result, UserError):
                failed.append((shard, result))
            elif size_of(shard.target) is None:
                failed.append((shard, UserError(f"{shard.target}: {_UNSEEN}")))
            else:
                _add(counts, result.counts)
                _add_skipped(skipped, result.skipped)
            step()
    if skipped.count:
        print(f"tinyner: {number(skipped.count, 'bad line')} skipped, one of them: {skipped.first}", file=sys.stderr)
    return failed


def _line(shard: Shard, error: UserError) -> str:
    """Return what is wrong with a shard, which is named once."""
    return str(error) if shard.source in str(error) else f"{shard.source}: {error}"


def _add_skipped(skipped: Skipped, more: Skipped) -> None:
    skipped.count += more.count
    skipped.first = skipped.first or more.first


def _add(counts: Counts, more: Counts) -> None:
    counts.texts += more.texts
    counts.sentences += more.sentences
    counts.strays += more.strays
    for label, count in more.labels.items():
        counts.labels[label] = counts.labels.get(label, 0) + count


def _more(items: Sequence[object]) -> str:
    """Return how many are not named."""
    return f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
