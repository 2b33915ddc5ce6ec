"""A model card, made HTML as it stands, in a real browser: nothing runs, and nothing is asked for."""

from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from selenium import webdriver

from tests.export.made import write_lock
from tests.in_process import command
from tests.predict.test_html_in_browser import MARKUP, asked, browser
from tests.report.test_browser import IN_CHROMIUM

__all__ = ["asked", "browser"]

pytestmark = IN_CHROMIUM


def test_names_of_types_annotators_and_models_stay_text(
    asked: tuple[str, list[str]], browser: webdriver.Chrome, workspace: Path
) -> None:
    url, paths = asked
    texts = [*MARKUP, "![x]({url}/md)", "[x](javascript:document.title='ran')", "<javascript:document.title='ran'>"]
    hostile = [text.format(url=url) for text in texts if "\x1b" not in text]
    annotators: dict[str, Any] = {
        name: {"online": True, "model": name, "base_url": "http://127.0.0.1:9/v1", "sampling": {"temperature": 0}}
        for name in hostile
    }
    write_lock(
        workspace,
        types={text: [text] for text in hostile},
        annotate={"annotator": hostile, "annotators": annotators},
    )
    name = "".join(hostile)
    done = command(workspace, "export", "out", "--formats", "hf", "--name", name, "--license", name)
    assert done.returncode == 0, done.stderr
    _, front, text = (workspace / "out/hf/README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["license"] == name
    page = workspace / "card.html"
    page.write_text(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    browser.get(page.as_uri())
    assert browser.title == ""
    assert paths == []
    foreign = "script, img, svg, iframe, form, meta, link, base, style, button, a[href^=javascript]"
    assert browser.execute_script(f"return document.querySelectorAll('{foreign}').length") == 0
    text_of_page = browser.execute_script("return document.body.innerText")
    assert all(" ".join(text.split()) in " ".join(text_of_page.split()) for text in hostile)
