"""The page as a text: what is in it, that it asks the network for nothing, and that it is reproducible."""

import base64
import hashlib
import html
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.report import made
from tests.report.conftest import Study, report
from tinyner.compare import differences
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.lookup import open_source
from tinyner.runs.run import Run
from tinyner.stand_ins import AGREEMENT

VOID = {"meta", "link", "br", "input"}


class Outline(HTMLParser):
    """Elements that are open, headings, ids, references and attributes that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.loads: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.scripts += tag == "script"
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            assert name != "style", tag
            if name == "id":
                self.ids.append(value or "")
            elif name in ("aria-labelledby", "for"):
                self.references.append(value or "")
            elif name == "href" and (value or "").startswith("#"):
                self.references.append((value or "")[1:])
            elif name in ("src", "href", "srcset", "action", "data", "poster"):
                self.loads.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


def test_it_is_well_formed_and_asks_for_nothing(study: Study) -> None:
    text = study.report.read_text()
    parsed = outline(text)
    assert parsed.loads == ["data:,"]
    assert parsed.scripts == 2
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", text.partition("</head>")[0])
    assert text.startswith('<!doctype html>\n<html lang="en">')


def test_the_policy_allows_the_style_and_the_scripts_by_their_hashes_and_nothing_else(study: Study) -> None:
    text = study.report.read_text()
    (policy,) = re.findall('http-equiv="Content-Security-Policy" content="([^"]*)"', text)

    def hashes(tag: str) -> str:
        parts = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts]
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    assert html.unescape(policy).split("; ") == [
        "default-src 'none'",
        "img-src data:",
        f"style-src {hashes('style')}",
        f"script-src {hashes('script')}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_headings_and_references_hold_together(study: Study) -> None:
    parsed = outline(study.report.read_text())
    assert parsed.headings[0] == 1
    assert parsed.headings.count(1) == 1
    steps = zip(parsed.headings, parsed.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert set(parsed.references) <= set(parsed.ids)


def test_a_sentence_that_is_markup_is_harmless(study: Study) -> None:
    text = study.report.read_text()
    assert made.HOSTILE["words"][0] not in text
    assert "&lt;script&gt;document.title=" in text
    assert "hostile-&lt;b&gt;-00000" in text


def test_it_is_small_and_has_every_experiment(study: Study) -> None:
    assert "118 runs" in study.printed
    assert study.report.stat().st_size < 3_000_000
    text = study.report.read_text()
    for name in ("A-fixed", "weak-power-0.2-decay", "weak-E-1000"):
        assert f">{name}<" in text
    assert "Table 2: micro F1 on test by group" in text
    assert "weak: Table 2" in text
    assert "What the replies of claude (cot) cost was not recorded" in text
    assert "very likely seen it" in text
    assert f"tinyner report --from {study.strong / 'runs.jsonl.xz'} --from weak-=" in text


def test_what_is_read_aloud_is_distinct(study: Study) -> None:
    text = study.report.read_text()
    regions = re.findall(r'role="region" aria-label="([^"]*)"', text)
    assert len(set(regions)) == len(regions) > 10
    assert not re.search(r"<th[^>]*>\s*</th>", text)


def test_the_sentences_are_those_of_compare(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.strong)
    names = ["A-fixed", "C-fixed", "E-fixed"]
    report(study.strong, *names, "--from", "runs.jsonl.xz", "-o", str(tmp_path / "three.html"))
    text = html.unescape((tmp_path / "three.html").read_text())
    (listed,) = re.findall("<code>tinyner compare (.*?) --from runs.jsonl.xz --pairs</code>", text)
    source = open_source(["runs.jsonl.xz"])
    compared = differences.against([source.find(name) for name in listed.split()], None)
    assert len(compared) == 3
    of_the_best = [sentence for sentence in differences.sentences(compared) if listed.split()[0] in sentence]
    assert len(of_the_best) == 2
    assert all(sentence in text for sentence in of_the_best)


def test_tables_hold_the_runs_of_the_report_alone(study: Study, tmp_path: Path) -> None:
    source = ["--from", str(study.strong / "runs.jsonl.xz"), "--from", f"weak-={study.weak / 'runs.jsonl.xz'}"]
    report(study.strong, "E-fixed", *source, "-o", str(tmp_path / "one.html"))
    text = (tmp_path / "one.html").read_text()
    table = text.partition("Table 2: micro F1 on test by group")[2].partition("</table>")[0]
    rows = dict(re.findall(r'<tr[^>]*><th scope="row">(\w)</th>(.*?)</tr>', table))
    assert "±" in rows["E"]
    assert "±" not in rows["A"] + rows["B"] + rows["C"] + rows["D"]
    assert "weak: Table" not in text
    assert text.count("none of the experiments of table3 is here") == 1


def test_where_two_decoders_meet_it_warns(study: Study, tmp_path: Path) -> None:
    runs = [made.small_run("new"), made.small_run("old", decode="argmax"), made.small_run("mine", group="D")]
    for names, said in (
        (["new", "old", "mine"], "viterbi for new, mine; argmax for old. A part"),
        (["new", "mine"], None),
    ):
        write_archive(tmp_path / "runs.jsonl.xz", [run for run in runs if run.name in names])
        report(study.strong, "--from", str(tmp_path / "runs.jsonl.xz"), "-o", str(tmp_path / "page.html"))
        text = html.unescape((tmp_path / "page.html").read_text())
        warnings = re.findall('<p class="warning">(.*?)</p>', text)
        assert [f"Two decoders meet (train.decode): {said}" in warning for warning in warnings] == [True] * bool(said)


def test_archives_without_prefixes_give_each_table_once(study: Study, tmp_path: Path) -> None:
    runs = read_archive(study.strong / "runs.jsonl.xz")
    folder = tmp_path / "a=b"
    folder.mkdir()
    for name in ("A", "E"):
        write_archive(folder / f"{name}.jsonl.xz", [runs[f"{name}-fixed"]])
    sources = [part for name in ("A", "E") for part in ("--from", str(folder / f"{name}.jsonl.xz"))]
    weak = ["--from", f"p-={folder / 'A.jsonl.xz'}"]
    report(study.strong, *sources, *weak, "-o", str(tmp_path / "two.html"))
    text = (tmp_path / "two.html").read_text()
    captions = re.findall(r"<caption><span>([^<]*Table 2:[^<]*)", text)
    assert [caption.partition("Table")[0] for caption in captions] == ["", "p: "]
    assert text.count("none of the experiments of table3 is here; make them: `tinyner study table3`") == 1


def test_the_same_runs_give_the_same_bytes(study: Study, tmp_path: Path) -> None:
    chosen = ["A-fixed", "E-fixed", "--from", str(study.strong / "runs.jsonl.xz"), "--data", str(study.strong)]
    pages = []
    for name in ("one.html", "two.html"):
        report(study.weak, *chosen, "-o", str(tmp_path / name))
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
    assert b"E-fixed" in pages[0]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.html", "two.html"]  # no half-written file


def test_without_sentences_the_sections_say_so(study: Study, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text((study.strong / "params.yaml").read_text())
    printed = report(tmp_path, "A-fixed", "E-fixed", "--from", str(study.strong / "runs.jsonl.xz"))
    assert "some sections lack data/prepared/" in printed
    text = (tmp_path / "reports/report.html").read_text()
    assert "be held against the test sentences: the files are not here" in text
    assert "Counts only: its sentences are not in this repository" in text
    outline(text)


def test_runs_with_other_keys_are_shown_as_far_as_they_can_be(study: Study, tmp_path: Path) -> None:
    now = read_archive(study.strong / "runs.jsonl.xz")

    def older(name: str, *keys: str) -> Run:
        train = {key: value for key, value in now[name].sections["train"].items() if key not in keys}
        return replace(now[name], sections={**now[name].sections, "train": train | {"forgotten": 1}})

    runs = [older("A-fixed", "vote_weights", "original_size"), now["E-fixed"], older("B-fixed", "lr_decay", "epochs")]
    write_archive(tmp_path / "older.jsonl.xz", runs)
    (tmp_path / "params.yaml").write_text((study.strong / "params.yaml").read_text())
    report(tmp_path, "--from", "older.jsonl.xz", "--data", str(study.strong), "-o", "older.html")
    text = (tmp_path / "older.html").read_text()
    assert "Left out: B-fixed (no train.epochs, train.lr_decay in its parameters)." in text
    assert ">A-fixed<" in text
    outline(text)


def test_a_project_without_gold(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "without-gold"
    shutil.copytree(study.strong, folder)
    archive = made.archive_without_gold(folder)
    report(folder, "--from", str(archive), "-o", str(tmp_path / "one.html"))
    text = (tmp_path / "one.html").read_text()
    outline(text)
    labels = re.findall(r"<(?:caption|h\d|th|text|title|desc|figcaption|dt|summary|option)\b[^>]*>(.*?)</", text)
    assert len([label for label in labels if AGREEMENT in label]) > 10
    assert not [label for label in labels if "F1" in label and AGREEMENT not in label and "F1<" not in label]
    captions = re.findall(r"<caption><span>(.*?)</span>", text)
    titled = [caption for caption in captions if re.search("F1|scores|dev slice", caption)]
    assert len(titled) >= 4
    assert all(AGREEMENT in caption.replace("Agreement", "agreement") for caption in titled)
    assert 'class="warning">Nobody labelled the test set of B-fixed, C-fixed' in text
    assert ">Agreement by type<" in text
    assert ">Cost per agreement<" in text
    assert "points of agreement with the teacher, not accuracy" in text
    assert ">gold<" not in text
    assert "files are not here" not in text
    assert "The paper's scorer counts" not in text

    both = ["--from", str(archive), "--from", f"g-={study.strong / 'runs.jsonl.xz'}"]
    data = ["--data", str(folder), "--data", str(study.strong)]
    report(folder, "B-fixed", "C-fixed", "g-A-fixed", "g-E-fixed", *both, *data, "-o", str(tmp_path / "two.html"))
    text = (tmp_path / "two.html").read_text()
    outline(text)
    assert ">F1 by type<" in text
    tables = re.findall(r"<caption><span>(?:F1 by type|Strict scores) on test.*?</table>", text)
    assert ["B-fixed" in table for table in tables] == [AGREEMENT in table for table in tables]
    assert [AGREEMENT in table for table in tables] == [False, True] * 2
    assert ["g-A-fixed" in table for table in tables] == [True, False] * 2


@pytest.fixture(scope="module")
def workspace(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace") / "weak"
    shutil.copytree(study.weak, folder)
    made.workspace(folder, read_archive(folder / "runs.jsonl.xz")["D-fixed"])
    return folder


def test_without_archives_it_is_of_the_workspace(workspace: Path, tmp_path: Path) -> None:
    printed = report(workspace, "-o", str(tmp_path / "here.html"))
    assert "1 run," in printed
    text = (tmp_path / "here.html").read_text()
    assert "none of the experiments of table2 is here" in text
    assert "pure" in text
    assert ">workspace<" in text
    outline(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "nowhere.jsonl.xz"], "nowhere.jsonl.xz: can't be read: No such file"),
        (["--from", "runs.jsonl.xz", "--from", "runs.jsonl.xz"], "tell them apart by a prefix"),
        (["A-fixde", "--from", "runs.jsonl.xz"], "did you mean A-fixed"),
        (["--from", "runs.jsonl.xz", "--data", "nowhere"], "nowhere/params.yaml: can't be read"),
    ],
)
def test_what_is_missing_is_one_line(arguments: list[str], message: str, workspace: Path) -> None:
    printed = report(workspace, *arguments, ok=False)
    assert message in printed
    assert len(printed.splitlines()) == 1
