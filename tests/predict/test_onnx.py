"""The 8-bit model: converted once, into the cache; its labels are mostly those of the exact one."""

from pathlib import Path

import numpy as np
import pytest

from tinyner.errors import UserError
from tinyner.predict.tagger import Tagger

pytest.importorskip("onnxruntime")


def test_eight_bits_agree_with_thirty_two_on_most_words(
    model: Path, sentences: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path))
    rounded = Tagger(model, int8=True, threads=1).tags(sentences)
    exact = Tagger(model, threads=1).tags(sentences)
    same = [
        tag == exact_tag
        for tags, exact_tags in zip(rounded, exact, strict=True)
        for tag, exact_tag in zip(tags, exact_tags, strict=True)
    ]
    assert np.mean(same) > 0.6  # of 9 labels; a random head's are near ties
    (file,) = (tmp_path / "onnx").iterdir()
    assert file.suffix == ".onnx"
    made = file.stat().st_mtime_ns
    assert Tagger(model, int8=True, threads=1).tags(sentences) == rounded
    assert file.stat().st_mtime_ns == made


def test_a_model_in_several_files_is_refused(model: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    with pytest.raises(UserError, match=r"--int8 needs the model in one file, model\.safetensors"):
        Tagger(tmp_path, int8=True)
