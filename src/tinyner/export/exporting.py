"""`tinyner export`: a student as a folder that others load, checked, with a card of what is on record."""

import functools
import importlib.metadata
import math
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import safe_open

from tinyner.errors import UserError
from tinyner.export.card import Subject, card_text
from tinyner.export.check import Sentences, WordWise, sentences_for_checks, word_wise
from tinyner.export.folder import check_target, new_folder, write_manifest
from tinyner.export.gold_only import Comparison, against_gold_only
from tinyner.export.onnx_part import GRAPHS, check_model, differences, write_onnx
from tinyner.export.recorded import Recorded, recorded
from tinyner.export.spacy_part import write_spacy
from tinyner.plurals import number
from tinyner.predict.model_files import copy_model
from tinyner.predict.tagger import Tagger
from tinyner.progress import board
from tinyner.runs.lookup import open_source
from tinyner.train.subwords import load_tokenizer

_SHOWN = 5  # words of which the graph's label is another; the manifest has counts alone, as texts are private
FORMATS = ("hf", "onnx", "spacy")


@dataclass(frozen=True)
class Options:
    """What is exported, and what its card is told.

    Attributes:
        model: folder of the student.
        formats: some of FORMATS.
        check: file of sentences to check by; None: the workspace's test set, or dev set.
        against: name of a run on people's labels alone; None: looked for.
        archives: where that is looked for first.
        license: of the weights, as the hub spells it.
        name: of the model on its card.
    """

    model: Path = Path("models/student")
    formats: Sequence[str] = FORMATS
    check: Path | None = None
    against: str | None = None
    archives: Sequence[str] = ()
    license: str | None = None
    name: str = "tinyner student"


@dataclass
class _Checks:
    """What was measured: on which sentences, and the words that differ."""

    sentences: Sentences | None = None
    word_wise: WordWise | None = None
    graphs: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)  # word, torch's tag, the graph's

    def content(self) -> dict[str, Any]:
        """Return it for the manifest."""
        if self.sentences is None or self.word_wise is None:
            return {}
        return {
            "sentences": self.word_wise.sentences,
            "words": self.word_wise.words,
            "source": self.sentences.source,
            "words_that_differ_from_torch": {kind: len(words) for kind, words in self.graphs.items()},
            "words_that_differ_by_argmax": self.word_wise.differing,
            "stray_inside_tags_by_argmax": self.word_wise.strays,
        }


def export(target: Path, options: Options, *, is_kept: bool = True) -> None:
    """Write an export, and print what it has, and, where the folder is kept, where that lies.

    Raises:
        UserError: where the folder can't be written, the model not be exported or not be checked.
    """
    formats = _checked_formats(options.formats)
    check_target(target.absolute())
    tagger = Tagger(options.model)
    if "onnx" in formats:
        check_model(options.model)
    sentences = sentences_for_checks(options.check)
    if sentences is None and "onnx" in formats:
        raise UserError(
            "no sentences here to check the ONNX graphs by; give a file of texts, --check FILE, or leave onnx out: "
            "--formats hf,spacy"
        )
    record = recorded(options.model)
    comparison = _comparison(record, options)
    version = importlib.metadata.version("tinyner")
    checks = _Checks(sentences)
    with new_folder(target) as folder:
        if "onnx" in formats:
            write_onnx(options.model, folder / "onnx")
        if sentences is not None:
            _measure(checks, sentences, tagger, folder / "onnx" if "onnx" in formats else None, options.model)
        if "hf" in formats:
            copy_model(options.model, folder / "hf")
            subject = Subject(
                options.name,
                tagger.types,
                _weights(folder / "hf"),
                tagger.card,
                record,
                comparison,
                checks.word_wise,
                options.license,
                version,
            )
            (folder / "hf/README.md").write_text(card_text(subject), encoding="utf-8")
        if "spacy" in formats:
            write_spacy(options.model, folder / "spacy", tagger.types, options.license or "unknown", version)
        write_manifest(folder, {"tinyner": version, "formats": formats, "checks": checks.content()})
    if is_kept:
        _tell_parts(target, formats)
    _tell(formats, record, comparison, checks)


def _checked_formats(formats: Sequence[str]) -> list[str]:
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UserError(f"--formats {','.join(formats)}: expected some of {','.join(FORMATS)}")
    return [name for name in FORMATS if name in formats]


def _comparison(record: Recorded, options: Options) -> Comparison:
    if not record.sections:
        if options.against is not None:
            raise UserError(f"--against {options.against}: {record.missing[0]}; nothing to compare")
        return Comparison("Not known: how this student was made is not on record.", is_tested=False)
    return against_gold_only(record, options.against, functools.partial(open_source, options.archives))


def _measure(checks: _Checks, sentences: Sentences, tagger: Tagger, onnx: Path | None, model: Path) -> None:
    times = 2 if onnx is None else 4
    print(
        f"labelling {number(len(sentences.words), 'sentence')} of {sentences.source} {times} times, to check by; "
        "--check FILE takes yours",
        file=sys.stderr,
    )
    with board() as progress:
        task = progress.task("checking", times)
        tags = tagger.tags(sentences.words)
        task.step()
        checks.word_wise = word_wise(tagger, sentences, tags)
        task.step()
        if onnx is not None:
            pad_id = load_tokenizer(model, 1).pad_id
            for kind, name in GRAPHS.items():
                checks.graphs[kind] = differences(onnx / name, tagger, sentences, tags, pad_id)
                task.step()


def _weights(folder: Path) -> int:
    """Return how many weights the files of a folder have."""
    count = 0
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "numpy") as file:
            count += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118, no dict
    return count


def _tell_parts(target: Path, formats: Sequence[str]) -> None:
    folder = shlex.quote(str(target))
    uses = {
        "hf": f"README.md is the card; transformers loads it, `tinyner push NAME {folder}` uploads it",
        "onnx": "README.md has inputs and outputs, example.py runs",
        "spacy": "spacy.load loads it, where tinyner and spaCy are (in a clone: pip install -e '.[spacy]')",
    }
    for name in formats:
        size = sum(path.stat().st_size for path in (target / name).rglob("*") if path.is_file())
        print(f"{target / name}: {size / 1e6:.0f} MB; {uses[name]}")


def _tell(formats: Sequence[str], record: Recorded, comparison: Comparison, checks: _Checks) -> None:
    if checks.word_wise is not None and checks.sentences is not None:
        counted = checks.word_wise
        where = f"of {number(counted.words, 'word')} in {checks.sentences.source}"
        for kind, words in checks.graphs.items():
            shown = ", ".join(f"{word} {tag} and {other}" for word, tag, other in words[:_SHOWN])
            more = f", and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
            count = number(len(words), "label differs", "labels differ")
            print(f"{kind} against torch: {count} {where}{f': {shown}{more}' if words else ''}")
        labels = number(counted.differing, "label differs", "labels differ")
        strays = number(counted.strays, "I- tag continues nothing", "I- tags continue nothing")
        print(f"argmax, as in transformers' pipeline, against legal labels: {labels} {where}; {strays}")
    if "hf" in formats:
        print(f"against people's labels alone: {comparison.text}")
        for why in record.missing:
            print(f"not known to the card: {why}")
