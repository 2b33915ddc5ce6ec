"""Make a project of one of four teachers on the same sentences: ``python bench/teachers.py mid LABELS FOLDER``.

So blends can be compared under a strong teacher, a crowd, a mid and a weak one on one footing: human sentences, valid
and test are CoNLL's as `dvc repro prepare` drew them here, and the teacher's are those of the target set that LABELS
has labels for: NoiseBench's noise of an LLM, noise_llm.train, or of a crowd, noise_crowd.train (docs/data.md says how
to get them; they have the same sentences). FOLDER, which must not exist, becomes a clone of what is committed here
with these files in DVC and the teacher in params.yaml; its labels are aligned, and all is committed.

strong: the recorded claude, by the template cot; weak: the recorded SmolLM2, by standard; mid: LABELS of the LLM;
crowd: LABELS of the crowd.
"""

import argparse
import collections
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.files import load, write_rows
from tinyner.params import load_params
from tinyner.rows import Sentence, squeezed

TEACHERS = {
    "strong": ("claude", "cot", None),
    "crowd": ("noisebench_crowd", "standard", "a crowd"),
    "mid": ("noisebench_llm", "standard", "an LLM"),
    "weak": ("smollm2", "standard", None),
}
"""The annotator and the prompt of each; of one whose labels are LABELS, its model."""

SETS = {"train": "original", "valid": "valid", "test": "test"}
"""By the split of the new corpus: the prepared set that it is."""


def labelled_once(path: Path, types: Iterable[str]) -> list[Sentence]:
    """Return the sentences of a file of labels whose text stands in it once: of others, labels may differ."""
    sentences = list(user_files.read(path, path.name, "labels", Reading.of_types(list(types))))
    times = collections.Counter(squeezed(sentence["words"]) for sentence in sentences)
    return [sentence for sentence in sentences if times[squeezed(sentence["words"])] == 1]


def write_params(path: Path, teacher: str, size: int) -> None:
    """Set the teacher, the corpus and its sizes in params.yaml."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    params = yaml.load(path.read_text())
    annotator, prompt, _ = TEACHERS[teacher]
    of_labels, _, model = TEACHERS["crowd" if teacher == "crowd" else "mid"]  # strong and weak have mid's, unused
    labels = {**params["annotate"]["annotators"]["claude"], "model": model, "labels": "data/own/labels.jsonl"}
    params["annotate"]["annotators"][of_labels] = labels
    params["annotate"] |= {"annotator": annotator, "prompts": {"target": prompt, "related": prompt}}
    params["prepare"] |= {"corpus": "data/own", "target": "data/own/target.jsonl", "related": "none"}
    params["prepare"] |= {"target_size": size, "related_size": 0}
    params["train"]["group"] = "D"
    yaml.dump(params, path)


def main() -> None:
    """Make the project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", choices=TEACHERS)
    parser.add_argument("labels", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.folder.exists():
        parser.error(f"{arguments.folder}: exists already; name a new folder")
    labels = labelled_once(arguments.labels, load_params().types)
    texts = {squeezed(sentence["words"]) for sentence in labels}
    target = [sentence for sentence in load("data/prepared/target.jsonl") if squeezed(sentence["words"]) in texts]
    subprocess.run(["git", "clone", "-q", ".", str(arguments.folder)], check=True)  # noqa: S607
    data = arguments.folder / "data/own"
    for split, name in SETS.items():
        write_rows(data / f"{split}.jsonl", load(f"data/prepared/{name}.jsonl"))
    write_rows(data / "target.jsonl", target)
    asked_texts = {squeezed(sentence["words"]) for sentence in target}
    write_rows(data / "labels.jsonl", [sentence for sentence in labels if squeezed(sentence["words"]) in asked_texts])
    write_params(arguments.folder / "params.yaml", arguments.teacher, len(target))

    def run(*words: str) -> None:
        subprocess.run(words, check=True, cwd=arguments.folder)

    run("dvc", "add", "-q", *(f"data/own/{name}.jsonl" for name in (*SETS, "target", "labels")))
    run("dvc", "repro", "align")
    run("git", "add", "-A")
    run("git", "commit", "-qm", f"The {arguments.teacher} teacher")


if __name__ == "__main__":
    main()
