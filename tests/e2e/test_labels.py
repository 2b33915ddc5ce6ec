"""A file of labels in place of an LLM, as DVC sees it."""

import pytest

from tests.annotate.label_stages import annotator
from tests.e2e.conftest import Copy
from tests.e2e.project import change, ran, run
from tinyner.files import load


@pytest.mark.long
def test_a_changed_file_of_labels_is_noticed(copy: Copy) -> None:
    project = copy("labels")
    sentences = load(project / "data/prepared/target.jsonl")
    blocks = [
        "\n".join(f"{word} {tag}" for word, tag in zip(row["words"], row["tags"], strict=True)) for row in sentences
    ]
    labels = project / "data/own/crowd.txt"
    labels.write_text("\n\n".join(blocks[1:]))
    change(
        project, annotate__annotators__crowd=annotator("data/own/crowd.txt"), annotate__annotator=["crowd", "claude"]
    )
    output = run(project, "dvc", "repro", "annotate")
    assert ran(output) == ["prepare", "annotate"]
    assert "crowd: 1 target sentence has no labels" in output
    labels.write_text("\n\n".join(blocks))
    assert "data/own" in run(project, "dvc", "status", "annotate").partition("annotate:")[2]
