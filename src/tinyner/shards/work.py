"""What a process does for a shard, on this machine or on a node."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.predict.inputs import Inputs
from tinyner.predict.labelling import Counts, labelled_blocks
from tinyner.predict.options import Options
from tinyner.predict.origin import versions
from tinyner.predict.output_format import OutputFormat
from tinyner.predict.sinks import Outputs, opened
from tinyner.predict.tagger import Tagger
from tinyner.predict.texts import Skipped
from tinyner.shards.plan import Shard
from tinyner.shards.record import Labels, write_record
from tinyner.shards.storage import fetched, put
from tinyner.unfinished import scratch


@dataclass(frozen=True)
class Job:
    """What is the same for all shards of a run."""

    options: Options  # with the number of threads; min_score is the lowest one, whatever --precision asked for
    format: OutputFormat
    made: Mapping[str, str]


def label_shard(shard: Shard, job: Job, tagger: Tagger) -> Labels:
    """Label a shard and write its target, then its record.

    Args:
        shard: the file.
        job: how.
        tagger: the student.

    Raises:
        UserError: where it can't be read or written, or this machine has other versions of the libraries.
    """
    if versions() != job.made["the versions"]:
        raise UserError(
            "this node's libraries or kind of processor differ from those where the command runs, so its labels could, "
            "too; make the nodes alike"
        )
    options = job.options
    counts, skipped = Counts.of(tagger.types), Skipped()
    with scratch() as place:
        file = fetched(shard.source, place)
        target = place / f"labelled-{shard.target.rpartition('/')[2]}"
        try:
            inputs = Inputs([file], options.column, skipped if options.skip_bad_lines else None)
            inputs.check()
            with opened(Outputs(target), job.format, [shard.source], None) as sinks:
                for block in labelled_blocks(inputs.texts(), tagger, counts, options.min_score):
                    sinks.write(block, counts)
                sinks.end(counts)
        except UserError as error:
            raise UserError(str(error).replace(str(file), shard.source)) from None
        except Exception as error:  # so that no shard stops the others
            reason = str(error).strip().partition("\n")[0][:200]
            raise UserError(f"{shard.source}: can't be labelled ({type(error).__name__}: {reason})") from error
        skipped.first = skipped.first.replace(str(file), shard.source)
        put(target, shard.target)
        write_record(shard, job.made, Labels(counts, skipped), target.stat().st_size)
    return Labels(counts, skipped)


def load(model: Path, options: Options) -> Tagger:
    """Return the student in a folder, to label as the options say; raises as ``Tagger``."""
    return Tagger(model, options.int8, options.threads, runtime=options.runtime)
