"""Students that know the user's language, and those that don't."""

import shutil
from pathlib import Path

import pytest

from tests.checks.conftest import texts
from tinyner.checks.findings import Findings
from tinyner.checks.student import check_student
from tinyner.params import Params
from tinyner.rows import Sentence
from tinyner.words import words_of

TEXTS = {
    "English": ["Angela Merkel met Tony Blair in Berlin , where pharmacokinetics of warfarin was discussed ."],
    "German": ["Angela Merkel reiste gestern nach Düsseldorf, um das Gesundheitsamt zu besuchen."],
    "Japanese": ["東京大学の山田太郎教授は昨日会議に出席した。"],
    "Hindi": ["प्रधानमंत्री नरेंद्र मोदी ने नई दिल्ली में घोषणा की।"],
    "Russian": ["Владимир прибыл в Петербург на встречу ."],
}


def sentences(language: str) -> list[Sentence]:
    return [{"id": str(index), "words": words_of(text)} for index, text in enumerate(TEXTS[language])]


def checked(student: Path | str, language: str, params: Params, max_length: int = 128) -> Findings:
    """Check a student with sentences of a language."""
    prepare = params.prepare.model_copy(update={"student": str(student)})
    findings = Findings()
    check_student(findings, params.model_copy(update={"prepare": prepare}), sentences(language), max_length)
    return findings


@pytest.mark.parametrize("language", ["English", "German"])
def test_a_language_that_the_english_student_can_spell(language: str, tiny_student: Path, params: Params) -> None:
    findings = checked(tiny_student, language, params)
    assert [finding.mark for finding in findings.rows] == ["ok"] * 3
    assert "0.0% of the subwords of your sentences are unknown" in findings.rows[1].text


@pytest.mark.parametrize("language", ["Japanese", "Hindi"])
def test_subwords_that_it_does_not_know(language: str, tiny_student: Path, params: Params) -> None:
    warning = texts(checked(tiny_student, language, params), "warning")[0]
    assert "of the subwords of your sentences are unknown to this student" in warning
    assert "use a multilingual student: prepare.student: hf:" in warning
    assert float(warning.partition("%")[0]) > 1


@pytest.mark.parametrize("language", ["Hindi", "Russian"])
def test_words_that_fall_apart_into_letters(language: str, tiny_student: Path, params: Params) -> None:
    warning = texts(checked(tiny_student, language, params), "warning")[-1]
    assert "of the words of 4 characters and more fall apart into single characters" in warning


@pytest.mark.parametrize("language", list(TEXTS))
def test_a_student_made_for_these_languages(language: str, tiny_student: Path, params: Params, tmp_path: Path) -> None:
    """A byte-level tokenizer that was trained on the texts knows every subword."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer(add_prefix_space=True)
    trained.train_from_iterator(
        [text for of_language in TEXTS.values() for text in of_language * 3],
        vocab_size=2000,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        show_progress=False,
    )
    folder = tmp_path / "multilingual"
    shutil.copytree(tiny_student, folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer, pad_token="<pad>", unk_token="<unk>")
    tokenizer.save_pretrained(folder)
    assert texts(checked(folder, language, params), "warning") == []


def test_words_that_max_length_cuts(tiny_student: Path, params: Params) -> None:
    warning = texts(checked(tiny_student, "English", params, max_length=8), "warning")[0]
    assert warning.startswith("train.max_length: 8 subwords cut 10 of 15 words off, in 1 sentence(s)")


@pytest.mark.parametrize(
    ("source", "max_length", "part"),
    [
        ("nowhere", 128, "prepare.student: nowhere is no folder"),
        ("hf:nobody/nothing", 128, "prepare.student: hf:nobody/nothing can't be fetched"),
        ("", 600, "train.max_length: 600, but this student has 512 positions"),
    ],
)
def test_a_student_that_can_t_be_had(
    source: str, max_length: int, part: str, tiny_student: Path, params: Params
) -> None:
    errors = texts(checked(source or tiny_student, "English", params, max_length), "error")
    assert len(errors) == 1
    assert part in errors[0]


def test_half_a_student(tiny_student: Path, params: Params, tmp_path: Path) -> None:
    folder = tmp_path / "half"
    shutil.copytree(tiny_student, folder)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:1000])
    assert "model.safetensors is damaged or cut off" in texts(checked(folder, "English", params), "error")[0]
