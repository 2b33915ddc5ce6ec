"""A model's labels are read by their scheme, or refused with a line that names them."""

from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.predict.labels import labels_of


def labels(*names: str) -> dict[int, str]:
    return dict(enumerate(names))


@pytest.mark.parametrize(
    ("names", "tags", "iob2"),
    [
        ("O B-PER I-PER", "B-PER I-PER O I-PER", "B-PER I-PER O I-PER"),
        ("B-PER I-PER O B-LOC", "B-PER I-PER B-LOC", "B-PER I-PER B-LOC"),
        ("O B-PER I-PER E-PER S-PER", "B-PER I-PER E-PER S-PER O", "B-PER I-PER I-PER B-PER O"),
        ("O B-PER I-PER L-PER U-PER", "B-PER L-PER U-PER", "B-PER I-PER B-PER"),
        ("O B-PER M-PER E-PER S-PER", "B-PER M-PER E-PER", "B-PER I-PER I-PER"),
        ("O S-PER E-PER B-PER", "B-PER E-PER S-PER", "B-PER I-PER B-PER"),
        ("O I-PER", "I-PER I-PER O I-PER", "B-PER I-PER O B-PER"),
        ("B-LOC I-LOC I-PER O", "I-LOC I-PER I-PER B-LOC", "B-LOC B-PER I-PER B-LOC"),
        ("O B-date-of-birth I-date-of-birth", "B-date-of-birth", "B-date-of-birth"),
    ],
)
def test_schemes_that_are_read(names: str, tags: str, iob2: str) -> None:
    model = names.split()
    read = labels_of(labels(*model), Path("m"))
    assert read.iob2([read.names[model.index(tag)] for tag in tags.split()]) == iob2.split()


@pytest.mark.parametrize(
    "names",
    [
        "LABEL_0 LABEL_1 LABEL_2",
        "O PER LOC",
        "O b-per i-per",
        "O B_PER I_PER",
        "O PER-B PER-I",
        "o B-PER I-PER",
        "O B- I-",
    ],
)
def test_predict_model_whose_labels_are_no_iob2(names: str) -> None:
    with pytest.raises(UserError, match=rf"m: the model's labels are no tags such as O, B-PER.*{names.split()[1]}"):
        labels_of(labels(*names.split()), Path("m"))


def test_labels_that_are_incomplete() -> None:
    with pytest.raises(UserError, match="expected O and at least one type"):
        labels_of(labels("B-PER", "I-PER"), Path("m"))
    with pytest.raises(UserError, match="expected O and at least one type"):
        labels_of(labels("O"), Path("m"))
    with pytest.raises(UserError, match="expected id2label with the ids 0 to 1"):
        labels_of({1: "O", 2: "B-PER"}, Path("m"))
