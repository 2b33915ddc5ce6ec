"""The student's tokenizer, without ``transformers`` where a file says all: to import that takes seconds.

``transformers`` makes a tokenizer of several files, by rules of its own. What it has made once is written down as one
``tokenizer.json``, which the library ``tokenizers`` reads alone: in the cache, and beside a trained student.
"""

import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Encoding, Tokenizer

from tinyner import sums
from tinyner.errors import UserError
from tinyner.files import cache
from tinyner.unfinished import scratch

# Byte-level tokenizers, which need to be told that each word follows a space.
_BYTE_LEVEL = {"gpt2", "roberta", "longformer", "bloom", "deberta", "bart", "phobert", "modernbert"}

_FILES = ("tokenizer.json", "tokenizer_config.json")  # that say all, once transformers has written them
_OF_LOADING = {
    "is_local",
    "local_files_only",
}  # keys that tell of the folder and of HF_HUB_OFFLINE alone
_CONFIG = "config.json"
_SOURCES = (_CONFIG, "*token*.json", "vocab.*", "merges.txt", "*.model")
_OF_TRAINED = "tinyner"  # a key of config.json: stage train has written the folder


@dataclass(frozen=True)
class Subwords:
    """A fast tokenizer for sentences given as words.

    Attributes:
        backend: which splits; it is told by ``encodings`` where to cut.
        pad_id: the padding's subword.
        unknown_id: the subword of what the vocabulary can't spell; None where it can spell everything.
        files: the bytes of its files by name, as ``transformers`` reads them.
    """

    backend: Tokenizer
    pad_id: int
    unknown_id: int | None
    files: Mapping[str, bytes]

    def __len__(self) -> int:
        """Return how many subwords there are, the special ones included."""
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    @property
    def special_count(self) -> int:
        """How many of them are special ones."""
        return sum(token.special for token in self.backend.get_added_tokens_decoder().values())

    def encodings(
        self, sentences: Sequence[Sequence[str]], max_length: int | None, special: bool = True
    ) -> list[Encoding]:
        """Return the subwords of each sentence.

        Args:
            sentences: their words.
            max_length: of a sentence in subwords, the special ones included; None: all are kept.
            special: whether the special ones are added.
        """
        self.backend.no_padding()
        if max_length is None:
            self.backend.no_truncation()
        else:
            self.backend.enable_truncation(max_length)
        words = [list(row) for row in sentences]
        return self.backend.encode_batch(words, is_pretokenized=True, add_special_tokens=special)

    def save(self, folder: Path) -> None:
        """Write the files."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def load_tokenizer(folder: Path, max_length: int) -> Subwords:
    """Load the tokenizer of a student in the Hugging Face format.

    Raises:
        UserError: where it has no fast tokenizer or padding, or fewer positions than ``max_length``.
        Exception: of any class, where a library can't read the files.
    """
    config = json.loads((folder / _CONFIG).read_bytes())
    if _OF_TRAINED in config and all((folder / name).is_file() for name in _FILES):
        return _read(folder, max_length)
    kept = cache() / "tokenizers" / _key(folder)
    if not _is_whole(kept):
        with scratch() as place:
            made = place / "made"
            _settle(folder, made)
            subwords = _read(made, max_length)
            _keep(made, kept)
        return subwords
    return _read(kept, max_length)


def _is_whole(kept: Path) -> bool:
    """Return whether a folder of the cache is as it was written; else it is removed, and a line says of damage."""
    if not kept.is_dir():
        return False
    try:
        if sums.verified(kept, [*_FILES, _CONFIG]):
            return True
    except sums.DamageError as error:
        print(f"tinyner: {kept}: {error}; it is made again", file=sys.stderr, flush=True)
    shutil.rmtree(kept, ignore_errors=True)
    return False


def _read(folder: Path, max_length: int) -> Subwords:
    """Return the tokenizer of a folder with all of _FILES and a config that has all keys."""
    files = {name: (folder / name).read_bytes() for name in _FILES}
    config, settings = json.loads((folder / _CONFIG).read_bytes()), json.loads(files["tokenizer_config.json"])
    backend = Tokenizer.from_str(files["tokenizer.json"].decode())
    pad_id = _special_id(backend, settings, "pad_token")
    if pad_id is None:
        raise UserError(f"prepare.student: a {config.get('model_type')} without padding can't be trained")
    # RoBERTa and its kin count positions from behind the padding's own.
    offset = pad_id + 1 if "roberta" in str(config.get("model_type")) else 0
    limit = config.get("max_position_embeddings")
    if isinstance(limit, int) and 0 < limit - offset < max_length:
        raise UserError(f"train.max_length: {max_length}, but this student has {limit - offset} positions")
    return Subwords(backend, pad_id, _special_id(backend, settings, "unk_token"), files)


def _special_id(backend: Tokenizer, settings: Mapping[str, Any], name: str) -> int | None:
    token = settings.get(name)
    text = token.get("content") if isinstance(token, dict) else token
    return None if text is None else backend.token_to_id(text)


def _settle(folder: Path, target: Path) -> None:
    """Write the tokenizer that ``transformers`` makes of a folder's files, and the config with all keys.

    Raises:
        UserError: where the tokenizer is no fast one.
    """
    from transformers import AutoConfig, AutoTokenizer  # noqa: PLC0415, takes seconds

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    extra = {"add_prefix_space": True} if config.model_type in _BYTE_LEVEL else {}
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **extra)
    if not tokenizer.is_fast:
        raise UserError(f"prepare.student: a {config.model_type} without a fast tokenizer can't be trained")
    tokenizer.save_pretrained(target)
    config.save_pretrained(target)
    path = target / "tokenizer_config.json"
    settings = json.loads(path.read_bytes())
    kept = {name: value for name, value in settings.items() if name not in _OF_LOADING}
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _keep(made: Path, kept: Path) -> None:
    """Move what was made into the cache, as a whole; where the cache can't be written to, it is made again."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with scratch(kept.parent, ".tokenizer-") as place:
            whole = place / "whole"
            whole.mkdir()
            for name in (*_FILES, _CONFIG):
                shutil.copyfile(made / name, whole / name)
            sums.write(whole)
            os.replace(whole, kept)  # noqa: PTH105, Path.replace on a folder reads as if it merged
    except OSError:  # read-only, or another process was first
        return


def _key(folder: Path) -> str:
    """Return a name of what the tokenizer follows from: the files' names and bytes, and the libraries' versions."""
    digest = hashlib.sha256(b"without the keys of loading\n")
    for library in ("transformers", "tokenizers"):
        digest.update(f"{library} {importlib.metadata.version(library)}\n".encode())
    for path in _sources(folder):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:40]


def _sources(folder: Path) -> Iterator[Path]:
    yield from sorted({path for pattern in _SOURCES for path in folder.glob(pattern) if path.is_file()})
