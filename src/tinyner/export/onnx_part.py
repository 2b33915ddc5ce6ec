"""The ONNX folder of an export: two graphs, the tokenizer, an example that needs neither torch nor this package."""

import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tinyner import sums
from tinyner.decoding import Scheme
from tinyner.errors import UserError
from tinyner.export.check import Sentences, Tags, differing
from tinyner.export.token_graph import INPUTS, OUTPUTS, TokenGraph, with_usual_inputs
from tinyner.files import write_json
from tinyner.machine import available_cores
from tinyner.predict.model_config import read_config
from tinyner.predict.onnx import converted, module
from tinyner.predict.tagger import Tagger
from tinyner.train.bert_family import fits, shape_of
from tinyner.train.subwords import load_tokenizer

GRAPHS = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
_EXAMPLE = Path(__file__).with_name("plain_onnx.py")
_LONGEST = 512  # subwords of a sentence, where the student has as many positions


def check_model(folder: Path) -> None:
    """Check that a model can be exported to ONNX, before the work that comes first.

    Raises:
        UserError: where it can't, or the extra is not installed.
    """
    for needed in ("onnx", "onnxruntime"):
        module(needed, "--formats onnx")
    instead = "leave onnx out: --formats hf,spacy"
    config: Any = read_config(folder)
    if not fits(config) or not (folder / "model.safetensors").exists():
        raise UserError(f"{folder}: only students of the BERT family in one file become ONNX graphs; {instead}")
    try:
        Scheme.of(_labels(config))
    except ValueError:
        raise UserError(f"{folder}: only labels O, B-TYPE and I-TYPE become ONNX graphs; {instead}") from None


def write_onnx(model: Path, target: Path) -> None:
    """Write graphs, tokenizer, config, example and a README; see ``check_model``."""
    onnx: Any = importlib.import_module("onnx")
    config: Any = read_config(model)
    shape = shape_of(config)
    target.mkdir()
    for kind, name in GRAPHS.items():
        packed = onnx.load(converted(model, config, int8=kind == "int8"))
        onnx.save(with_usual_inputs(packed, shape.offset), target / name)
    subwords = load_tokenizer(model, 1)
    (target / "tokenizer.json").write_bytes(subwords.files["tokenizer.json"])
    longest = min(_LONGEST, config.max_position_embeddings - shape.offset)
    content = json.loads((model / "config.json").read_bytes())
    names = {str(number): label for number, label in enumerate(_labels(config))}
    kept = {"id2label": names, "longest": longest, "pad_token_id": subwords.pad_id}
    write_json(target / "config.json", {**kept, "tinyner": content.get("tinyner")})
    (target / "example.py").write_bytes(_EXAMPLE.read_bytes())
    (target / "README.md").write_text(_readme(longest), encoding="utf-8")
    sums.write(target, ["config.json", "tokenizer.json", *GRAPHS.values()])


def differences(
    graph_file: Path, tagger: Tagger, sentences: Sentences, tags: Tags, pad_id: int
) -> list[tuple[str, str, str]]:
    """Return the words that a graph gives another tag than torch does, each with torch's and the graph's.

    Args:
        graph_file: in the ONNX folder.
        tagger: of the model, on torch.
        sentences: that are labelled.
        tags: that the tagger gave them.
        pad_id: the padding's subword.
    """
    labels = len(json.loads((graph_file.parent / "config.json").read_bytes())["id2label"])
    graph = TokenGraph(graph_file, labels, pad_id, available_cores())
    return differing(sentences.words, tags, tagger.variant(model=graph).tags(sentences.words))


def _labels(config: Any) -> Sequence[str]:
    return [config.id2label[number] for number in range(len(config.id2label))]


def _readme(longest: int) -> str:
    return f"""# The student for ONNX Runtime

`model.onnx` has 32-bit numbers, `model.int8.onnx` 8-bit ones in its layers: it is smaller, made for
processors that multiply 8-bit numbers faster (VNNI), and it rounds. Try

    pip install onnxruntime tokenizers numpy
    python example.py "Angela Merkel met Tony Blair in Berlin."

`tinyner.sha256` has the files' checksums, which `example.py` compares; `sha256sum -c tinyner.sha256` does, too.

{_table("input", INPUTS)}

{_table("output", OUTPUTS)}

* Split the sentence into words, and encode these by `tokenizer.json` (`is_pretokenized=True`). A word's label is that
  of its first subword. A sentence has at most {longest} subwords.
* `config.json` has the labels by number (`id2label`). Take the best sequence in which each I-TYPE follows a B-TYPE or
  an I-TYPE, as `example.py` does (Viterbi); each word's best label by itself gives tags that continue nothing.
* `config.json`'s `tinyner.temperature` divides the logits where you want probabilities.
* The graphs have nodes of ONNX Runtime (`com.microsoft`), so other runtimes can't load them.
"""


def _table(head: str, rows: Mapping[str, str]) -> str:
    return "\n".join([f"| {head} | |", "| --- | --- |", *(f"| `{name}` | {text} |" for name, text in rows.items())])
