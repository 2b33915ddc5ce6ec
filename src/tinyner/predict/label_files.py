"""Label files: texts in, texts with entities out, a block of texts in memory at a time."""

import itertools
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import check_output
from tinyner.machine import available_cores
from tinyner.plurals import number
from tinyner.predict.inputs import Inputs, paths_of
from tinyner.predict.labelling import Counts, labelled_blocks
from tinyner.predict.options import Options
from tinyner.predict.origin import origin
from tinyner.predict.output_format import OutputFormat, output_format
from tinyner.predict.sinks import Outputs, opened
from tinyner.predict.speed import speed
from tinyner.predict.tagger import Tagger
from tinyner.predict.texts import Skipped
from tinyner.predict.write_brat import check_folder

_FIRST_ON_TERMINAL = 8  # texts that are labelled before the first is shown


def label_files(
    names: Sequence[str | Path], model: Path, outputs: Outputs | None = None, options: Options | None = None
) -> None:
    """Label the texts of files, and write them with their entities.

    All lines of files are read before the first is labelled, so that a bad line costs no time and nothing is written.
    Standard input can't be read twice: where it is written to standard output, rows before a bad line may be written.

    Args:
        names: of files, or patterns of names; ``-``: standard input.
        model: folder of the model.
        outputs: what is written; None: JSON lines to standard output, on a terminal the view.
        options: what is read, and how it is labelled.

    Raises:
        UserError: where a file, the model or an output can't be used.
    """
    outputs, options = outputs or Outputs(), options or Options()
    paths = paths_of(names)
    chosen = output_format(outputs.format, outputs.target)
    _check_outputs(outputs, chosen, paths)
    skipped = Skipped() if options.skip_bad_lines else None
    inputs = Inputs(paths, options.column, skipped)
    inputs.check()
    tagger = Tagger(model, options.int8, options.threads, runtime=options.runtime)
    min_score = options.lowest_score(tagger, model)
    counts = Counts.of(tagger.types)

    def made_of() -> dict[str, str]:
        resolved = {**asdict(options), "precision": None, "min_score": min_score}
        resolved |= {"threads": options.threads or available_cores(), "format": chosen, "page": bool(outputs.page)}
        return origin(paths, model, resolved)

    with opened(outputs, chosen, [str(path) for path in paths], made_of if inputs.can_be_read_again else None) as sinks:
        texts = inputs.texts()
        if sinks.state:
            counts = Counts(**sinks.state)
            next(itertools.islice(texts, counts.texts - 1, None), None)
            print(f"tinyner: going on behind {counts.texts:,} texts that a killed run has labelled", file=sys.stderr)
        first = 1 if inputs.is_interactive else _FIRST_ON_TERMINAL if chosen == "view" else None
        with speed(counts, inputs.share, has_bar=not sinks.write_to_terminal) as step:
            for block in labelled_blocks(texts, tagger, counts, min_score, first, grows=not inputs.is_interactive):
                sinks.write(block, counts)
                if not inputs.is_at_end:
                    sinks.save(counts)
                step()
            sinks.end(counts)
    if sinks.writes_files_alone and counts.texts and not sys.stderr.isatty():  # where ``speed`` says more
        print(f"tinyner: {outputs.target or outputs.page}: {counts.summary()}", file=sys.stderr)
    _tell_strays(counts)
    if not counts.texts:
        _tell_nothing(paths)
    if skipped is not None and skipped.count:
        print(f"tinyner: {number(skipped.count, 'bad line')} skipped, the first: {skipped.first}", file=sys.stderr)


def _check_outputs(outputs: Outputs, chosen: OutputFormat, paths: Sequence[Path]) -> None:
    """Check that all outputs can be written, before the work that comes first.

    Raises:
        UserError: where a file can't, is another output too, or is one that is read.
    """
    if chosen == "brat":
        assert outputs.target is not None
        check_folder(outputs.target)
    else:
        check_output(outputs.target)
    try:
        check_output(outputs.page)
    except UserError as error:
        raise UserError(f"--html {str(error).removeprefix('-o ')}") from None
    if outputs.page is not None and outputs.page == outputs.target:
        raise UserError(f"--html {outputs.page}: is the file of -o as well; name another")
    for target in (outputs.target, outputs.page):
        if target is not None and target.exists():
            for path in paths:
                if path.exists() and path.samefile(target):
                    raise UserError(f"{target}: is one of the files that are read; name another output")


def _tell_nothing(paths: Sequence[Path]) -> None:
    name = "standard input" if str(paths[0]) == "-" else str(paths[0])
    which = f"{name} has no text" if len(paths) == 1 else f"none of the {len(paths)} files has a text"
    print(f"tinyner: {which}, so there is nothing to label", file=sys.stderr)


def _tell_strays(counts: Counts) -> None:
    if counts.strays > counts.entities:
        print(
            f"tinyner: {counts.strays} words have a tag I- that continues no entity, and are left out; there are "
            f"{counts.entities} entities. Are the model's tags IOB2?",
            file=sys.stderr,
        )
