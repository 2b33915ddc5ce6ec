"""What says that a shard is labelled: a file beside the output with what the shard was made of, and a checksum."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tinyner.predict.labelling import Counts
from tinyner.predict.texts import Skipped
from tinyner.sealed_rows import read_line, sealed
from tinyner.shards.plan import Shard
from tinyner.shards.storage import put, read_bytes, size_of
from tinyner.unfinished import scratch

Made = Mapping[str, str]
"""What shards are made with, by what the user calls it: ``the model``, ``the options``, ``the versions``."""


@dataclass(frozen=True)
class Labels:
    """What a labelled shard has, and which of its lines were skipped."""

    counts: Counts
    skipped: Skipped


def made_before(shard: Shard, made: Made) -> Labels | str | None:
    """Return what a shard that is labelled has.

    Returns:
        None where it was never labelled; where it is to be labelled again, why: what changed since.

    Raises:
        UserError: where the folder of the output can't be read.
    """
    content = read_bytes(shard.record)
    if content is None:
        return None
    try:
        left = read_line(content.removesuffix(b"\n"))
        before, size = left["made"], left["size"]
        labels = Labels(Counts(**left["counts"]), Skipped(**left["skipped"]))
    except (ValueError, KeyError, TypeError):
        return "its record is damaged, or of an older version"
    now = {"the input": shard.version, **made}
    changed = [what for what in {**now, **before} if now.get(what) != before.get(what)]
    if changed:
        return f"{' and '.join(changed)} changed since"
    return labels if size_of(shard.target) == size else "its output is another or gone"


def write_record(shard: Shard, made: Made, labels: Labels, size: int) -> None:
    """Write that a shard is labelled.

    Args:
        shard: its target is whole.
        made: what it was made with.
        labels: what it has.
        size: bytes of the target.

    Raises:
        UserError: where it can't be written.
    """
    content = {"made": {"the input": shard.version, **made}, "size": size, **asdict(labels)}
    with scratch() as place:
        file = place / "record.json"
        file.write_bytes(sealed(content) + b"\n")
        put(file, shard.record)
