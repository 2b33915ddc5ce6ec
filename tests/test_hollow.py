import subprocess
import sys

import pytest

from tinyner.hollow import hollow


@pytest.mark.slow
def test_nltk_and_seqeval_are_loaded_without_what_they_do_not_need_and_whole_where_that_is_wanted() -> None:
    code = (
        "import sys; from tinyner.words import words_of; from tinyner.scores import strict; words_of('Rome.'); "
        "strict([['B-PER']], [['O']], ['PER']); assert not {'scipy', 'sklearn', 'nltk', 'pandas'} & set(sys.modules); "
        "import nltk, seqeval.metrics, sklearn.exceptions; print(nltk.word_tokenize, sklearn.base.BaseEstimator)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "word_tokenize" in done.stdout
    assert "BaseEstimator" in done.stdout


def test_a_package_that_is_not_there_is_named_and_leaves_nothing() -> None:
    before = set(sys.modules)
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'"), hollow("nowhere"):
        pass
    assert set(sys.modules) == before


def test_what_is_loaded_already_stays() -> None:
    with hollow("hypothesis"):
        assert sys.modules["hypothesis"].given
    assert "hypothesis" in sys.modules
