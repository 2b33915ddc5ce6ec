"""``tinyner predict``: a trained student on texts. Sentences are sorted by length, a block of them at a time."""

import itertools
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerBase

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.files import atomic, line_of
from tinyner.train import compute
from tinyner.train.bert_family import fits, names_of, shape_of
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encode import encode, load_tokenizer
from tinyner.train.encoded import Encoded, tags_of
from tinyner.train.encoder import Encoder
from tinyner.train.packed import predict_packed
from tinyner.train.padded import predict_padded

BLOCK = 4096  # texts that are in memory at a time,
BLOCK_WORDS = 200_000  # or fewer, once they have so many words
WORDS = 250  # of a piece of a text; a longer text is cut at a sentence's end where there is one
_MAX_LENGTH = 512  # subwords, where the student has as many positions

# Dotted letters (U.S.), then words with inner points, hyphens and the like, a clitic, or any other sign.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\w+(?:[-.,&/]\w+)*|['\u2019](?:s|t|re|ve|ll|d|m)\b|[^\w\s]")
_ENDS = frozenset(".!?")


@dataclass(frozen=True)
class Text:
    """One input: its row as given, its text, and the places of its words in it."""

    row: dict[str, Any]
    text: str
    words: list[tuple[int, int]]  # half-open, in characters


class Model(Protocol):
    """What labels encoded sentences."""

    def predict(self, data: Encoded) -> NDArray[np.int16]:
        """(W,) the label id of each word."""


class _Packed:
    """A student of the BERT family."""

    def __init__(self, folder: Path, config: Any, multiple: int) -> None:
        self._multiple = multiple
        shape = shape_of(config)
        architecture: Any = AutoModelForTokenClassification._model_mapping[type(config)]
        matrices, vectors = names_of(shape, architecture.base_model_prefix)
        state = load_file(folder / "model.safetensors")
        try:
            weights = {
                ours: torch.cat([state[name].float() for name in names]) for ours, names in (matrices | vectors).items()
            }
        except KeyError as error:
            raise UserError(f"{folder}: no trained student: it has no {error.args[0]}") from None
        self._encoder = Encoder(shape, weights, {})

    def predict(self, data: Encoded) -> NDArray[np.int16]:
        return predict_packed(self._encoder, self._encoder.w["word"], data, self._multiple)


class _Padded:
    """Any other student."""

    def __init__(self, folder: Path, pad_id: int) -> None:
        self._model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32).eval()
        self._pad_id = pad_id

    def predict(self, data: Encoded) -> NDArray[np.int16]:
        def best(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.int64]:
            logits = self._model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
            found: NDArray[np.int64] = logits.argmax(-1).numpy()
            return found

        return predict_padded(best, data, self._pad_id, 2048)


class Tagger:
    """A trained student that gives every word of a sentence its tag."""

    def __init__(self, folder: Path, int8: bool = False, threads: int | None = None) -> None:
        """Load the model in ``folder``, in the Hugging Face format.

        Raises:
            UserError: where there is none, or, for ``int8``, no ONNX Runtime.
        """
        if not (folder / "config.json").exists():
            raise UserError(
                f"{folder}: no model here (config.json is missing); run `dvc repro`, or give --model FOLDER"
            )
        if threads is not None and threads < 1:
            raise UserError(f"--threads: expected 1 or more, found {threads}")
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        threads = threads or cores
        path = choose_compute("auto", "cpu")
        os.environ.update(compute.environment(path))
        compute.begin(path, "cpu", threads)
        config: Any = AutoConfig.from_pretrained(folder)
        positions = getattr(config, "max_position_embeddings", _MAX_LENGTH) or _MAX_LENGTH
        self._max_length = min(_MAX_LENGTH, positions - (2 if "roberta" in config.model_type else 0))
        self._tokenizer: PreTrainedTokenizerBase = load_tokenizer(str(folder), self._max_length)
        self.labels = [config.id2label[index] for index in range(len(config.id2label))]
        pad_id = self._tokenizer.pad_token_id
        assert isinstance(pad_id, int)
        self._model: Model
        if int8:
            from tinyner.predict.onnx import Quantized  # noqa: PLC0415, an extra

            self._model = Quantized(folder, pad_id, threads)
        elif fits(config) and (folder / "model.safetensors").exists():
            self._model = _Packed(folder, config, compute.multiple(path, "cpu"))
        else:
            self._model = _Padded(folder, pad_id)

    @torch.inference_mode()
    def tags(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tags of sentences given as words; a long one is labelled in pieces, no word is left out."""
        pieces = [(index, begin, end) for index, words in enumerate(sentences) for begin, end in _pieces(words)]
        result = [["O"] * len(words) for words in sentences]
        while pieces:
            words = [sentences[index][begin:end] for index, begin, end in pieces]
            encoded = encode(words, None, self._tokenizer, self.labels, self._max_length)
            tags = tags_of(encoded, self._model.predict(encoded), self.labels)
            full = np.diff(encoded.bounds) >= self._max_length
            again = []
            for (index, begin, end), own, cut in zip(pieces, tags, full, strict=True):
                if cut and end - begin > 1:  # perhaps longer than the student can read
                    middle = (begin + end) // 2
                    again += [(index, begin, middle), (index, middle, end)]
                else:
                    result[index][begin:end] = own
            pieces = again
        return result


def _pieces(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of at most ``WORDS`` words, ended where a sentence ends if one does in the second half."""
    begin = 0
    while len(words) - begin > WORDS:
        ends = (end for end in range(begin + WORDS, begin + WORDS // 2, -1) if words[end - 1] in _ENDS)
        end = next(ends, begin + WORDS)
        yield begin, end
        begin = end
    yield begin, len(words)


def words_of(text: str) -> list[tuple[int, int]]:
    """Half-open places, in characters, of a text's words, split as CoNLL's are.

    >>> [text[b:e] for text in ["Blair's U.S. visit (AL-AIN) cost $1,000."] for b, e in words_of(text)]
    ['Blair', "'s", 'U.S.', 'visit', '(', 'AL-AIN', ')', 'cost', '$', '1,000', '.']
    """
    return [found.span() for found in _WORD.finditer(text)]


def read_texts(path: Path) -> Iterator[Text]:
    """The texts of a file: JSON lines with ``text`` or ``words`` where it ends in .jsonl, else a text a line.

    Raises:
        UserError: naming file and line, where a line is none of these.
    """
    lines = _stream(path)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if path.suffix != ".jsonl":
            yield Text({}, line, words_of(line))
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise UserError(f"{path}:{number}: expected a JSON object, found {line.strip()[:40]!r}") from None
        words = row.get("words") if isinstance(row, dict) else None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            ends = list(itertools.accumulate(len(word) + 1 for word in words))
            places = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]
            yield Text(row, " ".join(words), places)
        elif isinstance(row, dict) and isinstance(row.get("text"), str):
            yield Text(row, row["text"], words_of(row["text"]))
        else:
            raise UserError(
                f"{path}:{number}: expected text (a string) or words (a list of strings), found {line.strip()[:40]!r}"
            )


def _stream(path: Path) -> Iterator[str]:
    """Lines, one in memory at a time."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    with file:
        for number, line in enumerate(file, 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise UserError(
                    f"{path}:{number}: expected UTF-8 text, found the byte {line[error.start]:#04x}"
                ) from None


def predicted(texts: Iterable[Text], tagger: Tagger) -> Iterator[dict[str, Any]]:
    """A row a text: what it had, ``text``, and ``spans`` with start and end in characters, label and text."""
    for block in _blocks(texts):
        sentences = [[one.text[begin:end] for begin, end in one.words] for one in block]
        for one, tags in zip(block, tagger.tags(sentences), strict=True):
            spans = []
            for begin, end, label in tags_to_spans(tags):
                start, stop = one.words[begin][0], one.words[end - 1][1]
                spans.append({"start": start, "end": stop, "label": label, "text": one.text[start:stop]})
            yield {**one.row, "text": one.text, "spans": spans}


def _blocks(texts: Iterable[Text]) -> Iterator[list[Text]]:
    block: list[Text] = []
    words = 0
    for one in texts:
        block.append(one)
        words += len(one.words)
        if len(block) == BLOCK or words >= BLOCK_WORDS:
            yield block
            block, words = [], 0
    if block:
        yield block


def run(path: Path, model: Path, output: Path | None, int8: bool = False, threads: int | None = None) -> None:
    """Label a file; the rows go to ``output``, which appears whole or not at all, or to standard output."""
    if path.is_dir() or not path.exists():
        raise UserError(f"{path}: no such file; expected plain text or .jsonl")
    rows = predicted(read_texts(path), Tagger(model, int8, threads))
    if output is None:
        _write(rows, sys.stdout.buffer)
        return
    with atomic(output) as file:
        _write(rows, file)


def _write(rows: Iterable[dict[str, Any]], file: IO[bytes]) -> None:
    for row in rows:
        file.write(line_of(row))
