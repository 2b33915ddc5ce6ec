"""Files of others run no code, and small ones don't become gigabytes: refused with one line."""

import ast
import functools
import gzip
import json
import lzma
import pickle
import stat
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.in_process import command
from tinyner import fetch
from tinyner.errors import UserError
from tinyner.params import parse_params, read_yaml, value_of
from tinyner.runs import archive
from tinyner.runs.archive import read_archive

SOURCES = sorted((ROOT / "src").rglob("*.py"))
FORBIDDEN = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "dill.load", "dill.loads", "cloudpickle.load"),
    *("cloudpickle.loads", "joblib.load", "torch.load", "marshal.load", "marshal.loads", "shelve.open"),
    *("eval", "exec", "compile", "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "os.system"),
    *("os.popen", "tarfile.open", "shutil.unpack_archive", "runpy.run_path", "pandas.read_pickle"),
}
"""Functions that run code out of what they are given, or write files where that says."""

ALLOWED = {
    ("src/tinyner/annotate/ray_workers.py", "pickle.loads"),  # between the processes of a run; see SECURITY.md
    ("src/tinyner/quick_yaml.py", "yaml.load"),  # with a SafeLoader or a BaseLoader, which makes texts alone
}
MODELS = ("AutoConfig", "AutoTokenizer", "AutoModel", "AutoModelForTokenClassification")


def imported(tree: ast.AST) -> dict[str, str]:
    """Return what is imported by the name that it has in a module: ``{"unpack": "pickle.loads"}``."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {name.asname: name.name for name in node.names if name.asname}
            names |= {
                name.name.partition(".")[0]: name.name.partition(".")[0] for name in node.names if not name.asname
            }
        elif isinstance(node, ast.ImportFrom):
            names |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Return a function's name with its module: ``torch.load``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, names)}.{node.attr}"
    return names.get(node.id, node.id) if isinstance(node, ast.Name) else ""


@functools.cache
def calls_in(text: str) -> list[tuple[str, ast.Call]]:
    tree = ast.parse(text)
    names = imported(tree)
    return [(dotted(node.func, names), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def calls() -> list[tuple[str, str, ast.Call]]:
    return [
        (str(path.relative_to(ROOT)), name, call)
        for path in SOURCES
        for name, call in calls_in(path.read_text(encoding="utf-8"))
    ]


def arguments(call: ast.Call) -> dict[str, object]:
    return {
        word.arg: word.value.value if isinstance(word.value, ast.Constant) else word.value
        for word in call.keywords
        if word.arg
    }


@pytest.mark.parametrize(
    "text",
    [
        "import pickle; pickle.loads(b'')",
        "import pickle as p; p.loads(b'')",
        "from pickle import loads; loads(b'')",
        "from pickle import loads as unpack; unpack(b'')",
    ],
)
def test_a_function_is_known_by_whatever_name_it_is_called(text: str) -> None:
    assert [name for name, _ in calls_in(text)] == ["pickle.loads"]


def test_nothing_that_runs_code_of_files_is_called() -> None:
    assert {(path, name) for path, name, _ in calls() if name in FORBIDDEN} == ALLOWED
    for path, name, call in calls():
        words = arguments(call)
        where = f"{path}:{call.lineno}: {name}"
        assert not words.get("shell"), where
        assert not words.get("allow_pickle"), where
        assert words.get("trust_remote_code") in (None, False), where
        assert not name.endswith((".extractall", ".extract", ".unpack_archive")) or "Extractor" in ast.dump(call), where


def test_no_module_of_pickles_is_imported_but_for_processes_of_a_run() -> None:
    modules = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "tarfile"}
    found = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for name in imported(ast.parse(path.read_text(encoding="utf-8"))).values()
        if name.partition(".")[0] in modules
    }
    assert found == {
        "src/tinyner/annotate/ray_backend.py",
        "src/tinyner/annotate/ray_workers.py",
    }


def test_models_of_others_bring_no_code_and_no_pickle() -> None:
    """But for the plain student of the training step, whose folder stage prepare fills with safetensors alone."""
    for path, name, call in calls():
        if (
            name.endswith(".from_pretrained")
            and set(name.split(".")) & set(MODELS)
            and path != "src/tinyner/train/model.py"
        ):
            words = arguments(call)
            assert words["trust_remote_code"] is False, f"{path}:{call.lineno}"
            assert "Model" not in name or words["use_safetensors"] is True, f"{path}:{call.lineno}"


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["distilbert", "bert", "own-code"])
def test_a_model_that_is_a_pickle_is_refused_and_never_run(kind: str, tmp_path: Path) -> None:
    mark, model = tmp_path / "ran", tmp_path / "model"
    model.mkdir()
    config: dict[str, object] = {
        "model_type": kind,
        "architectures": ["Own"],
        "auto_map": {"AutoConfig": "code.OwnConfig", "AutoModelForTokenClassification": "code.Own"},
        "id2label": {"0": "O", "1": "B-PER", "2": "I-PER"},
        "label2id": {"O": 0, "B-PER": 1, "I-PER": 2},
    }
    (model / "config.json").write_text(json.dumps(config))
    (model / "code.py").write_text(f"open({str(mark)!r}, 'w')\nclass OwnConfig: ...\nclass Own: ...\n")
    (model / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["code.Own", None]}}))
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(mark)))
    (tmp_path / "a.txt").write_text("Rosa left .\n")
    done = command(tmp_path, "predict", "a.txt", "-m", "model")
    assert done.returncode == 2, done.stdout
    assert done.stderr.count("\n") == 1
    assert not mark.exists()


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)
)


@pytest.mark.parametrize("text", [LAUGHS, "a: &a\n  b: *a\n", "&a [*a]\n"], ids=["laughs", "cycle", "list"])
def test_yaml_that_grows_by_aliases_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="aliases"):
        parse_params(text)
    assert value_of(text) == text
    (tmp_path / "params.yaml").write_text(text)
    done = command(tmp_path, "compare")
    assert done.returncode == 2


def test_yaml_with_a_few_aliases_is_read() -> None:
    assert read_yaml("a: &a [1, 2]\nb: *a\n") == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 100_000, "{a: " * 100_000, "- " * 100_000),
        *(f"a: {'[' * levels}{']' * levels}" for levels in (600, 990)),
        *("\n".join(f"{' ' * level}a:" for level in range(levels)) for levels in (600, 990)),
    ],
    ids=lambda text: f"{text[:8].strip()} {len(text)}",
)
def test_yaml_that_is_nested_without_end_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not valid YAML"):
        parse_params(text)


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system [true]", "!!python/name:os.system", "!!python/tuple [1]"]
)
def test_yaml_makes_no_objects(text: str) -> None:
    with pytest.raises(UserError, match="not valid YAML"):
        parse_params(text)


def test_an_archive_of_runs_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_SIZE_LIMIT", 1 << 22)
    path = tmp_path / "a.jsonl.xz"
    path.write_bytes(lzma.compress(b"\0" * (1 << 23)))
    assert path.stat().st_size < 1 << 12
    with pytest.raises(UserError, match="holds more than"):
        read_archive(path)
    path.write_bytes(lzma.compress(b"{}\n" * 100)[:-20])
    with pytest.raises(UserError, match="no archive of runs"):
        read_archive(path)


def test_a_zip_archive_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in ("a", "b", "../c"):
            opened.writestr(name, b"\0" * (1 << 20))
    assert len(b"".join(fetch.members(path, ["a", "b"]))) == 2 << 20
    monkeypatch.setattr(fetch, "_ALL_LIMIT", 1 << 20)
    with pytest.raises(UserError, match="together"):
        list(fetch.members(path, ["a", "b"]))
    monkeypatch.setattr(fetch, "_MEMBER_LIMIT", 1 << 19)
    with pytest.raises(UserError, match="larger than"):
        list(fetch.members(path, ["a"]))
    assert {item.name for item in tmp_path.iterdir()} == {"a.zip"}


@pytest.mark.parametrize("name", ["../c", "/c", "link"])
def test_no_member_of_a_zip_archive_is_written_anywhere_or_followed(name: str, tmp_path: Path) -> None:
    path, secret = tmp_path / "inside" / "a.zip", tmp_path / "secret"
    path.parent.mkdir()
    secret.write_bytes(b"secret")
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("../c", b"content")
        opened.writestr("/c", b"content")
        opened.writestr(link, str(secret))
    assert fetch.member(path, name) == (str(secret).encode() if name == "link" else b"content")
    assert {item.name for item in tmp_path.rglob("*")} == {"inside", "a.zip", "secret"}
    assert not Path("/c").exists()


@pytest.mark.slow
def test_a_gzipped_line_without_an_end_is_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.txt.gz", "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(b"a" * (1 << 20))
    model = tmp_path / "model"
    model.mkdir()
    done = command(tmp_path, "predict", "a.txt.gz", "-m", "model")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_json_that_is_nested_without_end_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"text": "a", "b": ' + "[" * 100_000 + "\n")
    done = command(tmp_path, "predict", name, "-m", "model")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
