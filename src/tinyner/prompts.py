"""Prompt templates: files of prompts/, whose only field is ``{sentence}``."""

from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.rows import Sentence, sha256_file, text_of

FIELD = "{sentence}"
FOLDER = Path("prompts")


@dataclass(frozen=True)
class Template:
    """A template's text, and the sha256 of its file's bytes, which names it in the reply store."""

    path: Path
    text: str
    sha256: str

    def fill(self, sentence: Sentence) -> str:
        """The prompt for one sentence."""
        return self.text.replace(FIELD, text_of(sentence))

    def mentions(self, text: str) -> bool:
        """Whether the template itself, its few-shot examples above all, has ``text`` as whole words, in any case.

        >>> Template(Path("p"), "Sentence: In Houston , Orlando Miller won .", "").mentions("orlando miller")
        True
        """
        return f" {' '.join(text.split())} ".casefold() in f" {' '.join(_spaced(self.text).split())} ".casefold()


def _spaced(text: str) -> str:
    """Quotation marks and brackets as spaces, so that an example's dictionary reads as words too."""
    return text.translate(str.maketrans('"[]{},:;', " " * 8))


def load_all() -> dict[str, Template]:
    """Every template of prompts/, by name."""
    return {path.stem: load(path.stem) for path in sorted(FOLDER.glob("*.txt"))}


def load(name: str) -> Template:
    """The template prompts/NAME.txt.

    Raises:
        UserError: where there is none, or its field does not stand in it exactly once.
    """
    path = FOLDER / f"{name}.txt"
    try:
        text = path.read_bytes().decode()
    except OSError:
        known = ", ".join(sorted(other.stem for other in FOLDER.glob("*.txt"))) or "none yet"
        raise UserError(f"annotate.prompts: {path} can't be read; choices: {known}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: expected UTF-8 text") from None
    if text.count(FIELD) != 1:
        raise UserError(f"{path}: expected the field {FIELD} exactly once, found it {text.count(FIELD)} times")
    return Template(path, text, sha256_file(path))
