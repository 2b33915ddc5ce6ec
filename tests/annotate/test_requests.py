"""The requests: templates and their fields, examples, output formats, samples, several prompts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.annotate.workspace import annotate_here, completion, configure, sentence_of
from tests.conftest import ROOT, Handler
from tests.conll import conll_2003
from tinyner.annotate import few_shot, templates
from tinyner.annotate.few_shot import pick
from tinyner.annotate.templates import Template, shot_of
from tinyner.commands import annotate
from tinyner.errors import UserError
from tinyner.files import load, sha256_file, write_rows
from tinyner.params import Params
from tinyner.prepare.ranking import ranked

MEDICAL = {"DRUG": ["drug", "medicine"], "DOSE": []}
MEANINGS = {"DRUG": "a substance that is given", "DOSE": "how much of it."}


@pytest.fixture
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("_at_root")
def test_the_papers_templates_are_what_the_scheme_gives_byte_for_byte(params: Params) -> None:
    shots = templates.load_shots(params.annotate.examples, params.types)
    for paper, scheme in (("standard", "scheme"), ("cot", "scheme-cot")):
        rendered = templates.load(scheme).render(params.types, params.annotate.definitions, shots)
        assert rendered.text.encode() == (ROOT / f"prompts/{paper}.txt").read_bytes()
        assert rendered.sha256 == sha256_file(ROOT / f"prompts/{paper}.txt")
        # So the recorded replies are theirs, too.
        assert templates.load(paper).render(params.types, {}, []).sha256 == rendered.sha256
    recorded = [path for path in (ROOT / "data/recorded/claude").iterdir() if path.name.startswith(("conll-", "bbc-"))]
    shas = {row["prompt_sha256"] for path in recorded for row in load(path)}
    assert shas == {sha256_file(ROOT / f"prompts/{name}.txt") for name in ("standard", "cot")}


@pytest.mark.usefixtures("_at_root")
def test_another_scheme_needs_no_code() -> None:
    text = templates.load("scheme").render(MEDICAL, MEANINGS, [templates.Shot("Aspirin .", {"DRUG": ["Aspirin"]})]).text
    assert "classify each one by type: DRUG or DOSE." in text
    assert "1. DRUG: a substance that is given.\n2. DOSE: how much of it.\n" in text
    assert 'Sentence: Aspirin .\nResult: {"DRUG": ["Aspirin"]}\n\nSentence: {sentence}' in text
    assert "LOC" not in text


def test_what_a_template_shows_must_be_there(workspace: Path) -> None:
    configure(
        workspace, "http://127.0.0.1:9/v1", {"prompts": {"target": "scheme", "related": "scheme"}, "definitions": {}}
    )
    assert "annotate.definitions: none for LOC, MISC, ORG, PER" in annotate_here(workspace).stderr
    configure(workspace, None, {"prompts": {"target": "scheme-cot", "related": "cot"}})
    examples = workspace / "prompts/examples.jsonl"
    lines = {
        '{"text": "A B", "entities": {"LOC": ["B"]}}': "shows examples with their reasoning",
        '{"text": "A B", "entities": {"LOC": ["C"]}}': "examples.jsonl:1: LOC: expected a list of texts that stand in",
        '{"text": "A B", "entities": {"CITY": ["B"]}}': "examples.jsonl:1: CITY is no type of params.yaml",
        '{"text": "A B"}': 'examples.jsonl:1: expected {"text": ..., "entities"',
        '{"text": "{sentence}", "entities": {}}': "examples.jsonl:1: {sentence} is the place",
    }
    configure(workspace, None, {"definitions": dict.fromkeys(("LOC", "MISC", "ORG", "PER"), "x")})
    for line, part in lines.items():
        examples.write_text(line + "\n")
        done = annotate_here(workspace)
        assert done.returncode == 2
        assert part in done.stderr


@pytest.mark.parametrize("output", ["text", "json_object", "json_schema"])
def test_the_servers_output_format_comes_from_the_types(
    output: str, workspace: Path, serve: Callable[[Handler], str]
) -> None:
    bodies: list[dict[str, Any]] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(json.loads(body))
        return 200, completion('{"LOC": [], "MISC": [], "ORG": [], "PER": []}')

    url = f"{serve(answer)}/v1"
    configure(workspace, url, {"output": output, "prompts": {"target": "json", "related": "json"}})
    assert annotate_here(workspace).returncode == 0
    formats = [body.get("response_format") for body in bodies]
    texts = {"type": "array", "items": {"type": "string"}}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(("LOC", "MISC", "ORG", "PER"), texts),
        "required": ["LOC", "MISC", "ORG", "PER"],
        "additionalProperties": False,
    }
    named = {"name": "entities", "strict": True, "schema": schema}
    expected = {"text": None, "json_object": {"type": "json_object"}}
    assert formats == [expected.get(output, {"type": "json_schema", "json_schema": named})] * 4
    # The format is part of the key.
    configure(workspace, url, {"output": "text" if output != "text" else "json_object"})
    assert annotate_here(workspace).returncode == 0
    assert len(bodies) == 8


def test_json_is_not_asked_of_a_prompt_that_does_not_say_so(workspace: Path) -> None:
    configure(workspace, "http://127.0.0.1:9/v1", {"output": "json_schema"})
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "prompts/cot.txt does not ask for JSON" in done.stderr
    assert "choose prompts/json.txt" in done.stderr


def test_samples_and_several_prompts_are_rows_of_one_sentence(workspace: Path, serve: Callable[[Handler], str]) -> None:
    bodies: list[dict[str, Any]] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(json.loads(body))
        return 200, completion(f"{len(bodies)}: {sentence_of(body)}")

    chosen = {"prompts": {"target": ["standard", "cot"], "related": "cot"}, "samples": 2}
    configure(workspace, f"{serve(answer)}/v1", chosen, temperature=0.7, seed=10)
    assert annotate_here(workspace).returncode == 0
    rows = load(workspace / "data/annotated/target.jsonl")
    shas = [sha256_file(workspace / f"prompts/{name}.txt") for name in ("standard", "cot")]
    assert [(row["id"], row["prompt_sha256"], row.get("sample", 0)) for row in rows] == [
        (f"s{index}", sha, sample) for index in range(3) for sha in shas for sample in (0, 1)
    ]
    assert len({row["reply"] for row in rows}) == 12
    assert sorted(body["seed"] for body in bodies) == [10] * 7 + [11] * 7
    assert {row["prompt_sha256"] for row in load(workspace / "data/annotated/prompts.jsonl")} == set(shas)
    chosen["samples"] = 3
    configure(workspace, None, chosen, temperature=0.7, seed=10)
    configure(workspace, f"{serve(answer)}/v1", temperature=0.7, seed=10)
    assert annotate_here(workspace).returncode == 0
    assert len(bodies) == 14 + 7  # the first two are there


@pytest.mark.parametrize(
    ("annotate_params", "sampling", "part"),
    [
        ({"samples": 3}, {"temperature": 0}, "samples: 3 replies at temperature 0 are the same reply"),
        ({"prompts": {"target": ["cot", "cot"], "related": "cot"}}, {}, "names a prompt twice"),
        ({"few_shot": "similar"}, {}, "prompts/cot.txt has no field {examples} for them"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    annotate_params: dict[str, Any], sampling: dict[str, Any], part: str, workspace: Path
) -> None:
    configure(workspace, "http://127.0.0.1:9/v1", annotate_params, **sampling)
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert part in done.stderr


@pytest.fixture
def pooled(workspace: Path, student: Path, params: Params) -> Path:
    """Fill the workspace with real sentences: a pool of 40, and 6 to be asked, two of which are in the pool."""
    rows = ranked(conll_2003("train"), 42)
    pool = rows[:40]
    asked = [rows[3], {**rows[4], "id": "another-id"}, *rows[100:104]]
    write_rows(workspace / "data/prepared/original.jsonl", pool)
    write_rows(workspace / "data/prepared/target.jsonl", asked)
    write_rows(workspace / "data/prepared/test.jsonl", [])
    shutil.copytree(student, workspace / "data/student")
    return workspace


@pytest.mark.slow
def test_similar_examples_are_the_nearest_never_the_sentence_itself_and_show_every_type(
    pooled: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pooled)
    sentences = load("data/prepared/target.jsonl")
    examples = few_shot.SimilarExamples(5, params.types)
    chosen = examples.of(sentences)
    pool = {" ".join(row["words"]): row for row in load("data/prepared/original.jsonl")}
    texts = [*pool, *(" ".join(sentence["words"]) for sentence in sentences)]
    embeddings = dict(zip(texts, few_shot.Embedder().embed(texts), strict=True))
    for sentence, shots in zip(sentences, chosen, strict=True):
        sentence_text = " ".join(sentence["words"])
        assert len({shot.text for shot in shots}) == 5
        assert sentence_text not in {shot.text for shot in shots}
        assert set().union(*(shot.entities for shot in shots)) == set(params.types)
        assert all(shot == shot_of(pool[shot.text], params.types) for shot in shots)
        others = [text for text in pool if text != sentence_text]
        nearest = max(others, key=lambda text: float(embeddings[text] @ embeddings[sentence_text]))
        assert shots[-1].text == nearest  # read last
    assert few_shot.SimilarExamples(5, params.types).of(sentences) == examples.of(sentences) == chosen


@pytest.mark.slow
def test_a_prompt_with_similar_examples_is_part_of_the_key(
    pooled: Path,
    serve: Callable[[Handler], str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(json.loads(body)["messages"][0]["content"])
        return 200, completion("Result: {}")

    url = f"{serve(answer)}/v1"
    chosen = {"few_shot": "similar", "shots": 4, "prompts": {"target": "scheme", "related": "scheme"}}
    configure(pooled, url, chosen)
    assert annotate_here(pooled).returncode == 0
    rows = load(pooled / "data/annotated/target.jsonl")
    templates_by_sha256 = {
        row["prompt_sha256"]: row["template"] for row in load(pooled / "data/annotated/prompts.jsonl")
    }
    assert len({row["prompt_sha256"] for row in rows}) == 6
    assert {templates_by_sha256[row["prompt_sha256"]].count("\nResult: ") for row in rows} == {4}
    count = len(asked)
    assert annotate_here(pooled).returncode == 0
    assert len(asked) == count
    # One example's label changes: those sentences are asked anew that had it, and no other.
    path = pooled / "data/prepared/original.jsonl"
    pool = load(path)
    texts = [" ".join(row["words"]) for row in pool]
    uses = {text: sum(f"Sentence: {text}\n" in prompt for prompt in asked) for text in texts}
    text, times = max(uses.items(), key=lambda item: item[1] if item[1] < count else 0)
    assert 0 < times < count
    sentence = next(row for row in pool if " ".join(row["words"]) == text)
    sentence["tags"] = ["O"] * (len(sentence["words"]) - 1) + ["B-MISC"]
    write_rows(path, pool)
    with monkeypatch.context() as patch:  # no prompt of these has a reply, others of the template have
        patch.chdir(pooled)
        patch.setenv("TINYNER_REPLIES", str(pooled / "replies"))
        capsys.readouterr()
        annotate.run({}, only=True)
        assert "stored replies of this annotator to the same template with other examples" in capsys.readouterr().out
    assert annotate_here(pooled).returncode == 0
    assert 0 < len(asked) - count < count
    configure(pooled, url, {"shots": 100})
    done = annotate_here(pooled)
    assert done.returncode == 2
    assert "similar wants 100 examples" in done.stderr


@given(st.lists(st.sets(st.sampled_from("ABCD")), min_size=1, max_size=12), st.integers(1, 6), st.randoms())
def test_picked_examples_are_the_nearest_and_cover_what_they_can(
    types: list[set[str]], count: int, random: Any
) -> None:
    order = list(range(len(types)))
    random.shuffle(order)
    taken = pick(order, types, count)
    assert len(taken) == min(count, len(types)) == len(set(taken))
    assert order[0] in taken
    assert [order.index(index) for index in taken] == sorted(order.index(index) for index in taken)
    all_types = set().union(*types)
    covered = set().union(*(types[index] for index in taken))
    if count > len(all_types):
        assert covered == all_types
    for index in taken:  # a nearer one is passed over only for a type that none nearer has
        nearer = order[: order.index(index)]
        assert set(nearer) <= set(taken) or types[index] - set().union(*(types[other] for other in nearer))


def test_a_template_keeps_other_brackets() -> None:
    text = 'Answer {} or {"LOC": []}. {types} {sentence}'
    assert Template(Path("p"), text).render({"LOC": ["place"]}, {}, []).text == (
        'Answer {} or {"LOC": []}. LOC (Place) {sentence}'
    )


@pytest.mark.parametrize(
    ("field", "count", "joined"),
    [
        ("{types}", 3, "LOC (Place), PER or ORG"),
        ("{types}", 2, "LOC (Place) or PER"),
        ("{types|, | oder }", 3, "LOC (Place), PER oder ORG"),
        ("{types|, | oder }", 1, "LOC (Place)"),
        ("{types|\u3001}", 3, "LOC (Place)\u3001PER\u3001ORG"),
        ("{types|\u3001|\u3001または}", 3, "LOC (Place)\u3001PER\u3001またはORG"),
    ],
)
def test_a_template_says_how_types_are_joined(field: str, count: int, joined: str) -> None:
    types = dict(list({"LOC": ["place"], "PER": [], "ORG": []}.items())[:count])
    template = Template(Path("p"), f"Find {field}: {{sentence}}")
    assert template.fields == {"types"}
    assert template.render(types, {}, []).text == f"Find {joined}: {{sentence}}"


@pytest.mark.parametrize("field", ["{types|}", "{types|a|b|c}", "{types|| or }", "{types|, |}"])
def test_types_that_nothing_joins_are_refused(field: str) -> None:
    with pytest.raises(UserError, match=r"^p: \{types\|.*\}: expected what stands between types, and perhaps before"):
        Template(Path("p"), f"{field} {{sentence}}").render({"LOC": []}, {}, [])


@pytest.mark.parametrize("name", ["scheme", "scheme-cot", "json"])
@pytest.mark.usefixtures("_at_root")
def test_without_examples_a_prompt_has_no_place_for_them(name: str) -> None:
    template = templates.load(name)
    rendered = template.render(MEDICAL, MEANINGS, []).text
    with_one = template.render(MEDICAL, MEANINGS, [templates.Shot("A b", {}, "why")]).text
    example = "Sentence: A b\nwhy\nResult: {}" if "reasoned" in template.text else "Sentence: A b\nResult: {}"
    assert rendered == with_one.replace(f"{example}\n\n", "")
    assert "\n\n\n" not in rendered
    assert rendered.endswith("\n\nSentence: {sentence}\n")


def test_a_definition_that_is_still_to_be_written_is_not_shown_to_an_llm(workspace: Path) -> None:
    path = workspace / "params.yaml"
    drafts = {name: templates.draft(name, []) for name in ("LOC", "PER")}
    configure(workspace, None, {"prompts": {"target": "scheme", "related": "cot"}})
    params = yaml.safe_load(path.read_text())
    params["annotate"]["definitions"] |= drafts
    path.write_text(yaml.safe_dump(params))
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert done.stderr == (
        "tinyner: annotate.definitions: still TODO for LOC, PER; write into params.yaml what each is, since the LLM is "
        "shown it\n"
    )
    assert not (workspace / "data/annotated").exists()
    params["annotate"]["prompts"] = {"target": "cot", "related": "cot"}  # which shows no definitions
    path.write_text(yaml.safe_dump(params))
    assert "TODO" not in annotate_here(workspace).stderr


@pytest.mark.parametrize(
    ("end", "label"),
    [
        ("Satz: {sentence}\n", "Satz: "),
        ("文\uff1a{sentence}", "文\uff1a"),
        ("वाक्य: {sentence}", "वाक्य: "),
        ("Sentence: {sentence}\n", "Sentence: "),
        ("{sentence}", "Sentence: "),
        ("Label this sentence, please, as it was said above: {sentence}", "Sentence: "),
    ],
)
def test_examples_have_the_label_of_the_sentence(end: str, label: str) -> None:
    template = Template(Path("p"), f"{{examples}}\n\n{end}")
    shots = [templates.Shot("Rom", {"LOC": ["Rom"]})]
    assert template.render({"LOC": []}, {}, shots).text == f'{label}Rom\nResult: {{"LOC": ["Rom"]}}\n\n{end}'


def test_a_definition_ends_as_its_script_has_it() -> None:
    template = Template(Path("p"), "{definitions} {sentence}")
    types: dict[str, list[str]] = {"A": [], "B": [], "C": []}
    text = template.render(types, {"A": "a place", "B": "場所。", "C": "स्थान।"}, []).text
    assert text == "1. A: a place.\n2. B: 場所。\n3. C: स्थान। {sentence}"
