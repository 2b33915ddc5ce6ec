"""A small project for ``bench/faults.py``: made-up sentences, a tiny random student, an LLM on loopback."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from tinyner import sums

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("prepare", "annotate", "clean", "align", "train", "evaluate")
OUTPUTS = {
    "prepare": ("data/prepared", "data/student", "metrics/prepare.json"),
    "annotate": ("data/annotated", "metrics/annotate.json"),
    "clean": ("data/cleaned", "metrics/clean.json"),
    "align": ("data/aligned", "metrics/align.json"),
    "train": (
        "models",
        "predictions",
        "plots/curves.csv",
        "plots/curves_by_seed.csv",
        "metrics/train.json",
        "metrics/speed.json",
    ),
    "evaluate": (),  # the rest of plots and metrics
}
CONCURRENCY = 4
TEXTS = 4200  # a block and a bit
_COPIED = ("src", "prompts", ".dvc", ".dvcignore", ".gitignore", "data")
_URL = "http://127.0.0.1:1/v1"
_HIDDEN, _EMBEDDED = 32, {"position": 128, "token_type": 2}
_FIRST = ("Rosa", "Tony", "Angela", "Ivan", "Mary")
_PLACES = ("Mainz", "Rome", "Berlin", "Paris", "Oslo")
_WORDS = ("met", "the", "mayor", "of", "and", "left", "for", "a", "week", "in", "rain", "they", "said", "nothing")
_TIMINGS = ("speed.json", "done.json")
# What differs by what was asked before and paid for what was lost.
_OF_A_REPLY = {"annotator", "prompt_sha256", "text_sha256", "sample", "reply", "finish_reason"}
_OF_THE_ASKING = {"requests", "cost_usd", "costs", "costs_of_lost_replies_usd"}


def environment(place: Path) -> dict[str, str]:
    """Return the environment variables of a project's processes: all that they write lies in its folder."""
    folders = {"TINYNER_REPLIES": "replies", "TINYNER_CELLS": "cells", "TINYNER_CACHE": "cache", "TMPDIR": "tmp"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TINYNER_", "RAY_ADDRESS"))}
    return {
        **kept,
        **{name: str(place / folder) for name, folder in folders.items()},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TINYNER_WORKERS": "2",
        "TINYNER_CHECKPOINT_SECONDS": "0",
        "HF_HUB_OFFLINE": "1",
        "DVC_NO_ANALYTICS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "NO_PROXY": "127.0.0.1",
    }


def run(place: Path, *command: str) -> str:
    """Run a command in the project, undisturbed; return what it printed.

    Raises:
        RuntimeError: where it fails.
    """
    project, variables = place / "project", environment(place)
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _sentence(random_: random.Random, number: int) -> tuple[list[str], list[str]]:
    """Return the words of a sentence that stands once, and their tags."""
    middle = random_.choices(_WORDS, k=random_.randrange(2, 6))
    words = [random_.choice(_FIRST), *middle, random_.choice(_PLACES), str(number), "."]
    return words, ["B-PER", *("O" for _ in middle), "B-LOC", "O", "O"]


def _write_conll(path: Path, numbers: range, seed: int) -> None:
    random_ = random.Random(seed)
    sentences = [_sentence(random_, number) for number in numbers]
    blocks = ["\n".join(map(" ".join, zip(*sentence, strict=True))) for sentence in sentences]
    path.write_text("\n\n".join(blocks) + "\n")


def _write_student(folder: Path) -> None:
    """Write a tiny student with random weights, always the same."""
    signs = [chr(code) for code in range(33, 127)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *signs, *(f"##{sign}" for sign in signs)]
    vocabulary += [word.lower() for word in (*_FIRST, *_PLACES, *_WORDS) if len(word) > 1]
    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(vocabulary)}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    shapes = {f"embeddings.{name}_embeddings.weight": (rows, _HIDDEN) for name, rows in _EMBEDDED.items()}
    shapes["embeddings.word_embeddings.weight"] = (len(vocabulary), _HIDDEN)
    layer = "encoder.layer.0"
    parts = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
    parts += [f"{layer}.{name}.dense" for name in ("attention.output", "intermediate", "output")]
    shapes |= {f"{part}.weight": (_HIDDEN, _HIDDEN) for part in parts}
    numbers = np.random.default_rng(1)
    tensors = {name: numbers.normal(0, 0.02, shape).astype(np.float32) for name, shape in shapes.items()}
    tensors |= {f"{part}.bias": np.zeros(_HIDDEN, np.float32) for part in parts}
    for norm in ("embeddings", f"{layer}.attention.output", f"{layer}.output"):
        tensors[f"{norm}.LayerNorm.weight"] = np.ones(_HIDDEN, np.float32)
        tensors[f"{norm}.LayerNorm.bias"] = np.zeros(_HIDDEN, np.float32)
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    sizes = {"hidden_size": _HIDDEN, "intermediate_size": _HIDDEN, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": len(vocabulary), **sizes}
    config |= {"max_position_embeddings": _EMBEDDED["position"], "type_vocab_size": 2}
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    content = {"tokenizer_class": "BertTokenizerFast", "model_max_length": 128, "mask_token": "[MASK]", **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(content))


def make(place: Path) -> None:
    """Make the project, committed to git, with no output."""
    project = place / "project"
    for folder in ("project", "tmp", "cache", "replies", "cells"):
        (place / folder).mkdir(parents=True)
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *_COPIED],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in (*names, "dvc.yaml", "params.yaml"):
        if not name.startswith("data/recorded/") or name.endswith("README.md"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, project / name)
    for split, numbers in {"train": range(44), "valid": range(100, 112), "test": range(200, 220)}.items():
        _write_conll(project / f"data/own/{split}.txt", numbers, numbers.start)
    random_ = random.Random(1)
    related = [" ".join(_sentence(random_, number)[0]) for number in range(300, 316)]
    (project / "data/own/related.csv").write_text("text\n" + "\n".join(related) + "\n")
    (place / "texts").mkdir()
    texts = [" ".join(_sentence(random_, number)[0]) for number in range(TEXTS)]
    (place / "texts.txt").write_text("\n".join(texts) + "\n")
    for number in range(4):
        (place / f"texts/{number}.txt").write_text("\n".join(texts[number::8]) + "\n")
    _write_student(place / "student")
    _write_params(project / "params.yaml")
    (project / "study.yaml").write_text("experiments:\n  one: {train.group: A}\n")
    for words in (
        ["init", "-q", "-b", "main"],
        ["config", "user.email", "someone@example.org"],
        ["config", "user.name", "Someone"],
        ["config", "gc.auto", "0"],
        ["add", "-A"],
        ["commit", "-qm", "small"],
    ):
        run(place, "git", *words)


def _write_params(path: Path) -> None:
    params: dict[str, Any] = yaml.safe_load(path.read_text())
    params["prepare"] |= {"corpus": "data/own", "related": "data/own/related.csv", "student": "../student"}
    params["prepare"] |= {"target_size": 24, "original_size": 20, "related_size": 16}
    params["annotate"] |= {"annotator": "local", "retries": 2}
    params["annotate"]["batch"] |= {"max_requests": 15, "poll_seconds": 0.05}
    price = {"input": 1.0, "cached_input": 1.0, "output": 1.0, "batch_discount": 0.5}
    params["annotate"]["annotators"]["local"] |= {"base_url": _URL, "concurrency": CONCURRENCY, "price": price}
    params["train"] |= {"epochs": 2, "dev_size": 12, "lr": 1.0e-3, "max_length": 32}
    path.write_text(yaml.safe_dump(params))


def change(place: Path, old: str, new: str) -> None:
    """Replace a text in params.yaml, which must have it."""
    path = place / "project/params.yaml"
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new))


def use_server(place: Path, url: str) -> None:
    """Have the project ask another server."""
    change(place, _URL, url)


def remove_outputs(place: Path, stage: str, *, keeps_its_own: bool) -> None:
    """Remove what the stages behind a stage write, and, unless it keeps its own, what it writes itself."""
    project = place / "project"
    kept = {output for name in STAGES[: STAGES.index(stage) + keeps_its_own] for output in OUTPUTS[name]}
    for path in (*project.glob("data/*"), *(project / name for name in ("models", "predictions"))):
        if str(path.relative_to(project)) not in kept | {"data/own", "data/recorded"}:
            shutil.rmtree(path, ignore_errors=True)
    for path in (*project.glob("metrics/*"), *project.glob("plots/*")):
        name = str(path.relative_to(project))
        if name not in kept and not (keeps_its_own and stage == "evaluate"):
            path.unlink()


def empty(place: Path, *folders: str) -> None:
    """Empty folders beside the project."""
    for folder in folders:
        shutil.rmtree(place / folder)
        (place / folder).mkdir()


def _link(source: str, target: str) -> str:
    """Link what is never written to in place; copy the rest."""
    if "/src/" in source or "/texts" in source or "/.git/objects/" in source or "/.dvc/cache/" in source:
        os.link(source, target)
        return target
    return shutil.copy2(source, target)


def copy(source: Path, place: Path, *, link: bool = True) -> None:
    """Copy a project with all that is beside it."""
    shutil.copytree(source, place, symlinks=True, copy_function=_link if link else shutil.copy2, dirs_exist_ok=True)


def files(place: Path) -> Iterator[Path]:
    """Yield all files that stages and commands may have written, those of git and DVC aside."""
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name not in (".git", ".dvc", "src", "prompts", "texts")]
        yield from (path for name in names if not _is_pythons(path := Path(folder) / name))


def _is_pythons(path: Path) -> bool:
    """Return whether a file is that by which Python tries whether it may write temporary files, four bytes."""
    return path.parent.name == "tmp" and len(path.name) == 8 and path.read_bytes() in (b"", b"blat")


def digests(place: Path) -> dict[str, str]:
    """Return what each file has, by its name; "" for files of which only the name counts.

    Of a store's log that is which sentences have which replies; of timings, that they are whole; of a cell's checksums,
    those that no time is in.
    """
    result = {}
    for path in files(place):
        name = str(path.relative_to(place))
        short = name.removeprefix("project/")
        if name.startswith("replies/") and path.suffix == ".jsonl" and path.parent.name != "batches":
            result[name] = _replies(path)
        elif path.name in _TIMINGS:
            result[name] = _without_the_figures(path)
        elif name.startswith("replies/") or path.name == ".lock":
            result[name] = ""
        elif short == "metrics/annotate.json":
            result[name] = _without_the_asking(path)
        elif name.startswith("cells/") and path.name == sums.NAME:
            result[name] = _without_the_seconds(path)
        elif short not in ("params.yaml", "dvc.lock"):
            with path.open("rb") as file:
                result[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return result


def reply_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the replies of a file of the store."""
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if "reply" in row:
            yield row


def _replies(path: Path) -> str:
    """Return which sentences have which replies; a line that a killed writer left is none."""
    replies = {json.dumps([row[key] for key in sorted(row.keys() & _OF_A_REPLY)]) for row in reply_rows(path)}
    return hashlib.sha256("\n".join(sorted(replies)).encode()).hexdigest()


def _without_the_seconds(path: Path) -> str:
    """Return a cell's checksums but that of the file with what training took."""
    return "".join(line for line in path.read_text().splitlines(keepends=True) if not line.endswith(" done.json\n"))


def _without_the_figures(path: Path) -> str:
    try:
        return f"JSON of {sorted(json.loads(path.read_text()))}"
    except (ValueError, TypeError):
        return "no JSON"


def _without_the_asking(path: Path) -> str:
    try:
        content = json.loads(path.read_text())
        replies = [{**row, "cached": 0} for row in content["replies"]]
    except ValueError:
        return "no JSON"
    return json.dumps({**{name: content[name] for name in content.keys() - _OF_THE_ASKING}, "replies": replies})
