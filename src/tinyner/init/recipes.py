"""Recipes: recipes/NAME.yaml says how public data become a project, bit by bit. docs/own-corpus.md has the format."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from tinyner import fetch
from tinyner.annotate import templates
from tinyner.errors import UserError
from tinyner.init import readers
from tinyner.init.material import Material, rows, sizes_of
from tinyner.init.plan import Plan
from tinyner.init.project import OWN
from tinyner.init.readers import SPLITS, SchemeTypes, UserFile
from tinyner.init.scheme import Scheme
from tinyner.init.scheme_yaml import Document, of_yaml
from tinyner.init.yaml_document import parsed
from tinyner.params import Prepare, Section, flat
from tinyner.rows import Sentence, squeezed

FOLDER = Path("recipes")
TARGET = OWN / "sentences.jsonl"

_SHOWN = 12  # of the signs of a sha256
_INDEX = re.compile(r"\{index(?::0(\d+)d)?\}")
_OF_THE_SCHEME = ("types.", "annotate.definitions.")


class DataFile(Section):
    """A file of a recipe, and which of its sentences are taken.

    ``ids`` names the sentences, by their index in the file. With ``first`` or ``after``, sentences are ranked by the
    sha256 of ``{seed}:{id}``, and the first so many are taken, or those behind them; they stay in the file's order.
    """

    file: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    ids: Annotated[str, Field(pattern=_INDEX.pattern)] | None = None
    seed: int | None = None
    first: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        takes = (self.first is not None) + (self.after is not None)
        if takes > 1:
            raise ValueError("first and after can't both stand here")
        if takes and (self.ids is None or self.seed is None):
            raise ValueError("first and after rank sentences by ids and seed; give both")
        return self


class Layout(Section):
    """The files of the data in one of the forms that they are had in."""

    train: DataFile | None = None
    valid: DataFile | None = None
    test: DataFile | None = None
    target: DataFile


class Recipe(Section):
    """The content of recipes/NAME.yaml."""

    title: Annotated[str, Field(min_length=1)]
    provenance: Annotated[str, Field(min_length=1)]
    url: str | None = None
    data: Annotated[list[Layout], Field(min_length=1)]
    params: dict[str, Any]
    examples: list[dict[str, Any]] = Field(default_factory=list)
    prompt_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    replies: list[str] = Field(default_factory=list)


def load(name: str) -> Recipe:
    """Read recipes/NAME.yaml.

    Raises:
        UserError: if there is no such recipe, or it has another form.
    """
    path = FOLDER / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        names = ", ".join(sorted(path.stem for path in FOLDER.glob("*.yaml"))) or "none here"
        raise UserError(f"--recipe: {path} can't be read; choices: {names}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: expected UTF-8 text") from None
    try:
        return Recipe.model_validate(parsed(text, str(path)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(f"{path}: {where}: {first['msg']}") from None


def material(recipe: Recipe, name: str, source: str, prepare: Prepare) -> Material:
    """Return what a recipe makes of its data.

    Args:
        recipe: its content.
        name: of the recipe, and so of the examples' file.
        source: the folder or URL with the data.
        prepare: the parameters that files are read by.

    Raises:
        UserError: if a file is missing, has another sha256, or can't be read rightly.
    """
    scheme = of_yaml(Document(recipe.params, f"{FOLDER}/{name}.yaml: params"))
    reading = readers.reading_of(prepare, SchemeTypes(scheme.types, prepare.drop_types))
    layout, files = _fetched(recipe, name, source)
    splits: dict[str, list[Sentence]] = {}
    for split in SPLITS:
        data_file = getattr(layout, split)
        if data_file is not None:
            content = readers.read_gold(_user_file(files, data_file), split, reading)
            splits[split] = _renumbered(_taken(data_file, content.sentences), content.sentences, data_file)
    target = readers.read_sentences(_user_file(files, layout.target), reading).sentences
    target = _taken(layout.target, target)
    paths = {OWN / f"{split}.jsonl": rows(sentences) for split, sentences in splits.items()}
    shots = [_shot(row, scheme, name) for row in recipe.examples]
    test_texts = {squeezed(sentence["words"]) for sentence in splits.get("test", ())}
    for shot in shots:
        if squeezed([shot.text]) in test_texts:
            raise UserError(f"{FOLDER}/{name}.yaml: examples: {shot.text[:60]!r} is a sentence of test")
    return Material(
        scheme=scheme,
        name=name,
        splits=splits,
        target=target,
        target_path=TARGET,
        shots=shots,
        data=[TARGET, *paths],
        files={TARGET: rows(target), **paths},
        reasons=[
            ("split", sizes_of(splits)),
            ("sentences", f"{len(target):,}, with their ids in {layout.target.file}"),
        ],
    )


def overrides(recipe: Recipe) -> dict[str, object]:
    """Return the parameters of a recipe by dotted names, types and definitions aside, which its scheme has."""
    return {name: value for name, value in flat(recipe.params).items() if not name.startswith(_OF_THE_SCHEME)}


def lines(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield where a recipe's data and replies are from, each line with a word for what it is about."""
    for paragraph in recipe.provenance.strip().split("\n\n"):
        yield "provenance", " ".join(paragraph.split())
    for path in recipe.replies:
        yield "replies", path if Path(path).is_file() else f"{path} is not here, so the LLM has to be asked"


def check_prompt(recipe: Recipe, name: str, plan: Plan) -> None:
    """Check that the prompt is the one that the recorded replies are to.

    Raises:
        UserError: where it is another.
    """
    template = plan.params.annotate.prompts.of("target")
    rendered = [
        templates.load(prompt).render(plan.params.types, plan.params.annotate.definitions, plan.material.shots)
        for prompt in template
    ]
    if recipe.prompt_sha256 and [prompt.sha256 for prompt in rendered] != [recipe.prompt_sha256]:
        raise UserError(
            f"{FOLDER}/{name}.yaml: prompts/{' and '.join(template)}.txt, filled in, has the sha256 "
            f"{', '.join(prompt.sha256[:12] for prompt in rendered)}, and the replies are to "
            f"{recipe.prompt_sha256[:12]}; take back what you changed in the template or in the recipe"
        )


def _fetched(recipe: Recipe, name: str, source: str) -> tuple[Layout, dict[str, Path]]:
    """Return the first layout whose files are all there with their sha256, and the local path of each of them.

    Raises:
        UserError: if there is none, with what each lacks.
    """
    if not fetch.is_url(source) and not fetch.is_folder(fetch.local(source), source):
        raise UserError(f"--data: {source} is no folder; {FOLDER}/{name}.yaml reads there {_file_names(recipe)}")
    problems: list[UserError] = []
    for layout in recipe.data:
        try:
            return layout, {
                data_file.file: fetch.file(f"{source.rstrip('/')}/{data_file.file}#sha256={data_file.sha256}")
                for data_file in _files(layout)
            }
        except UserError as problem:
            problems.append(problem)
    others = [problem for problem in problems if isinstance(problem, fetch.OtherContentError)]
    if others:
        raise UserError(f"--data: not what {FOLDER}/{name}.yaml is for: {_other_contents(others)}")
    if fetch.is_url(source):
        raise UserError(
            f"--recipe {name}: {problems[0]}; download the files by other means, {_file_names(recipe)}, and name their "
            "folder: --data FOLDER"
        )
    unreadable = [problem for problem in problems if not str(problem).endswith(": no such file")]
    if unreadable:
        raise UserError(f"--data: {unreadable[0]}")
    raise UserError(f"--data: {source} has not the files of {FOLDER}/{name}.yaml: {_file_names(recipe)}")


def sources(recipe: Recipe, source: str) -> list[Path]:
    """Return the local folder with a recipe's data, and the files of the recipe in it; none if they are at a URL."""
    if fetch.is_url(source):
        return []
    folder = fetch.local(source)
    names = dict.fromkeys(data_file.file for layout in recipe.data for data_file in _files(layout))
    return [folder, *(folder / name for name in names if (folder / name).is_file())]


def _other_contents(problems: Sequence[fetch.OtherContentError]) -> str:
    """Return which files have which sha256, and which ones they may have."""
    expected: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        expected.setdefault((problem.place, problem.sha256), []).append(problem.expected[:_SHOWN])
    return "; ".join(
        f"{place} has the sha256 {sha256[:_SHOWN]}, expected {' or '.join(dict.fromkeys(pins))}"
        for (place, sha256), pins in expected.items()
    )


def _file_names(recipe: Recipe) -> str:
    """Return the names of the files of each layout, in words."""
    return ", or ".join(
        " and ".join(dict.fromkeys(data_file.file for data_file in _files(layout))) for layout in recipe.data
    )


def _files(layout: Layout) -> Iterator[DataFile]:
    for name in (*SPLITS, "target"):
        data_file = getattr(layout, name)
        if data_file is not None:
            yield data_file


def _user_file(files: Mapping[str, Path], data_file: DataFile) -> UserFile:
    return UserFile(files[data_file.file], data_file.file)


def _taken(data_file: DataFile, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences that are taken of a file, in its order, with the ids of the recipe, if it has any."""
    if data_file.ids is None:
        return list(sentences)
    named: list[Sentence] = [{**sentence, "id": _id(data_file.ids, index)} for index, sentence in enumerate(sentences)]
    if data_file.first is None and data_file.after is None:
        return named
    assert data_file.seed is not None
    order = readers.ranked(named, data_file.seed)
    kept = {sentence["id"] for sentence in (order[: data_file.first] if data_file.first else order[data_file.after :])}
    return [sentence for sentence in named if sentence["id"] in kept]


def _id(pattern: str, index: int) -> str:
    """Return the id of a sentence by its index.

    >>> _id("politics-{index:04d}", 7)
    'politics-0007'
    """
    return _INDEX.sub(lambda match: f"{index:0{match[1] or 1}d}", pattern)


def _renumbered(taken: Sequence[Sentence], read: Sequence[Sentence], data_file: DataFile) -> list[Sentence]:
    """Return sentences of a gold split with the ids that they would have if its file had no others."""
    if data_file.ids is None:
        return list(taken)
    return [{**sentence, "id": by_index["id"]} for sentence, by_index in zip(taken, read, strict=False)]


def _shot(row: Mapping[str, Any], scheme: Scheme, name: str) -> templates.Shot:
    text, entities, reasoning = row.get("text"), row.get("entities"), row.get("reasoning", "")
    if not isinstance(text, str) or not isinstance(entities, dict) or not set(entities) <= set(scheme.types):
        raise UserError(f'recipes/{name}.yaml: examples: expected {{"text": ..., "entities": {{type: [text, ...]}}}}')
    return templates.Shot(text, entities, str(reasoning))
