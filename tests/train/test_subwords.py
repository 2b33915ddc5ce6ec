"""Tokenizers without ``transformers`` split as it does, and it is asked once only."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import ByteLevelBPETokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast, RobertaConfig

from tinyner.errors import UserError
from tinyner.train.subwords import Subwords, load_tokenizer

WORDS = st.lists(st.text(min_size=1, max_size=12).filter(lambda word: word.isprintable()), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder whose tokenizer is of bytes, as RoBERTa's is; its weights are not needed here."""
    folder = tmp_path_factory.mktemp("roberta")
    maker = ByteLevelBPETokenizer()
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    texts = ["Köln lies on the Rhine", "東京 は 日本"]
    maker.train_from_iterator(texts, vocab_size=400, special_tokens=list(special.values()))
    make: Any = PreTrainedTokenizerFast
    make(tokenizer_object=maker._tokenizer, **special).save_pretrained(folder)
    RobertaConfig(vocab_size=500, max_position_embeddings=66).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["wheel", "byte level"])
def folder(request: pytest.FixtureRequest, student: Path, byte_level: Path) -> Path:
    return student if request.param == "wheel" else byte_level


def both(folder: Path) -> tuple[Subwords, Any]:
    extra = {} if "BertTokenizer" in (folder / "tokenizer_config.json").read_text() else {"add_prefix_space": True}
    return load_tokenizer(folder, 60), AutoTokenizer.from_pretrained(folder, **extra)


def test_it_splits_as_transformers_does(folder: Path) -> None:
    ours, theirs = both(folder)

    @given(st.lists(WORDS, min_size=1, max_size=4), st.integers(3, 20))
    def check(sentences: list[list[str]], max_length: int) -> None:
        batch = theirs(sentences, is_split_into_words=True, truncation=True, max_length=max_length)
        encodings = ours.encodings(sentences, max_length)
        assert [encoding.ids for encoding in encodings] == batch["input_ids"]
        assert [encoding.word_ids for encoding in encodings] == [batch.word_ids(row) for row in range(len(sentences))]
        cut = [bool(encoding.overflowing) for encoding in encodings]
        assert cut == [bool(encoding.overflowing) for encoding in batch.encodings]

    check()
    assert (ours.pad_id, ours.unknown_id, len(ours)) == (theirs.pad_token_id, theirs.unk_token_id, len(theirs))
    assert ours.special_count == len(theirs.all_special_ids)


def test_the_files_are_those_that_transformers_would_write(folder: Path, tmp_path: Path) -> None:
    """But for how they were loaded, which HF_HUB_OFFLINE changes, and no result may."""
    ours, theirs = both(folder)
    (tmp_path / "ours").mkdir()
    ours.save(tmp_path / "ours")
    theirs.save_pretrained(tmp_path / "theirs")
    names = sorted(path.name for path in (tmp_path / "theirs").iterdir())
    assert names == ["tokenizer.json", "tokenizer_config.json"]
    lines = {place: (tmp_path / place / names[1]).read_text().splitlines() for place in ("ours", "theirs")}
    of_loading = {line for line in lines["theirs"] if '"is_local"' in line or '"local_files_only"' in line}
    assert len(of_loading) == 2
    assert lines["ours"] == [line for line in lines["theirs"] if line not in of_loading]
    assert (tmp_path / "ours" / names[0]).read_bytes() == (tmp_path / "theirs" / names[0]).read_bytes()


@pytest.mark.slow
def test_transformers_is_asked_once(student: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tinyner.train.subwords import load_tokenizer; "
        "load_tokenizer(Path(sys.argv[1]), 60); print('transformers' in sys.modules)"
    )

    def asks(folder: Path) -> bool:
        environment = {"TINYNER_CACHE": str(tmp_path / "cache"), "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder)], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip() == "True"

    copy = Path(shutil.copytree(student, tmp_path / "student"))
    assert [asks(copy), asks(copy)] == [True, False]
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    (copy / "tokenizer_config.json").write_text(json.dumps(settings | {"do_lower_case": False}))
    assert [asks(copy), asks(copy)] == [True, False]
    load_tokenizer(copy, 60).save(copy)
    content = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(content | {"tinyner": {}}))  # as stage train writes it
    assert not asks(copy)


def test_a_cache_that_can_not_be_written_to_is_no_error(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("no folder")
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))
    assert len(load_tokenizer(student, 60)) == 30_522


def test_positions_are_counted_behind_the_paddings_own(byte_level: Path) -> None:
    pad_id = load_tokenizer(byte_level, 10).pad_id
    load_tokenizer(byte_level, 66 - pad_id - 1)
    with pytest.raises(UserError, match=f"this student has {66 - pad_id - 1} positions"):
        load_tokenizer(byte_level, 66 - pad_id)


def test_a_tokenizer_without_padding_is_refused(byte_level: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(byte_level, tmp_path / "copy"))
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    del settings["pad_token"]
    (copy / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(UserError, match="a roberta without padding can't be trained"):
        load_tokenizer(copy, 10)


def test_a_damaged_tokenizer_in_the_cache_is_made_again(
    real_student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))
    expected = load_tokenizer(real_student, 64).files
    (file,) = (tmp_path / "cache/tokenizers").glob("*/tokenizer.json")
    file.write_bytes(file.read_bytes().replace(b'"the"', b'"thy"', 1))
    assert load_tokenizer(real_student, 64).files == expected
    assert "tokenizer.json is not as it was written" in capsys.readouterr().err
    assert load_tokenizer(real_student, 64).files == expected
    assert capsys.readouterr().err == ""
