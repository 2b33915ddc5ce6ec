"""Files and processes are read and written as UTF-8, whatever the locale of the machine."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT

SOURCES = sorted((ROOT / "src/tinyner").rglob("*.py"))
_OPENING = {"open", "fdopen", "TemporaryFile", "NamedTemporaryFile"}
_STARTING = {"run", "Popen", "check_output"}


def by_locale(tree: ast.AST) -> Iterator[int]:
    """Yield the lines of calls that leave the encoding of a text to the locale."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        texts = [str(argument.value) for argument in call.args if isinstance(argument, ast.Constant)]
        is_method = isinstance(call.func, ast.Attribute)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if "encoding" in named or any("utf" in text or text == "ascii" for text in texts):
            continue
        if name in ("read_text", "write_text"):
            is_bad = is_method
        elif name in _OPENING:
            mode_node = named.get("mode")
            modes = [str(mode_node.value)] if isinstance(mode_node, ast.Constant) else texts
            modes = [mode for mode in modes if mode and set(mode) <= set("rwxabt+")]
            reads_text = not call.args and is_method and name == "open"  # path.open()
            is_bad = (bool(modes) and "b" not in modes[0]) or (not modes and (reads_text or not is_method))
        elif name in _STARTING:
            is_bad = "text" in named or "universal_newlines" in named
        else:
            is_bad = name == "TextIOWrapper"
        if is_bad:
            yield call.lineno


@pytest.mark.parametrize(
    "code",
    [
        "path.read_text()",
        "path.write_text(text)",
        "path.open()",
        "path.open('w')",
        "open(path)",
        "open(path, mode='a')",
        "subprocess.run(command, text=True)",
        "io.TextIOWrapper(file)",
        "tempfile.NamedTemporaryFile('w')",
    ],
)
def test_such_calls_are_seen(code: str) -> None:
    assert list(by_locale(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "path.read_text('utf-8')",
        "path.open('rb')",
        "path.open('w', encoding='utf-8')",
        "store.open(scope)",
        "os.open(path, flags)",
        "tempfile.TemporaryFile()",
        "subprocess.run(command, capture_output=True)",
        "io.TextIOWrapper(file, 'utf-8')",
    ],
)
def test_others_are_not(code: str) -> None:
    assert not list(by_locale(ast.parse(code)))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src/tinyner")))
def test_no_file_is_read_or_written_by_the_locale(path: Path) -> None:
    lines = list(by_locale(ast.parse(path.read_text(encoding="utf-8"))))
    assert not lines, f"{path} leaves the encoding to the locale in the lines {lines}"
