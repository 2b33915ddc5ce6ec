"""The report in a real browser: it opens, asks for nothing, and its controls work by mouse and keyboard."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.report.conftest import Study
from tests.report.conftest import report as made_report
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.run import Run

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        BROWSER is None or DRIVER is None, reason="no Chromium: apt-get install chromium chromium-driver"
    ),
]

pytestmark = IN_CHROMIUM

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = (1280, 375)


class Page:
    """The report, opened in a browser window of some width."""

    def __init__(self, browser: webdriver.Chrome, report: Path) -> None:
        self.browser, self.report = browser, report

    def open(self, width: int = 1280, theme: str = "light", *, folded: bool = False) -> None:
        """Open the page, and unfold its sections unless they are to stay ``folded``."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        # A smooth scroll that is under way moves what is to be clicked.
        preferences = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in preferences.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.browser.get(self.report.as_uri())
        if self.run("const remembered = localStorage.length; localStorage.clear(); return remembered > 0"):
            self.browser.refresh()
        if not folded:
            self.run("for (const section of document.querySelectorAll('details.section')) section.open = true")

    def run(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def first(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def visible(self, selector: str) -> list[bool]:
        """Whether each element is drawn; asked at once, since the driver takes long over each."""
        boxes = "return [...document.querySelectorAll(arguments[0])].map((element) => element.getClientRects().length)"
        return [count > 0 for count in self.run(boxes, selector)]

    def click(self, element: WebElement) -> None:
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def background(self) -> str:
        return str(self.run("return getComputedStyle(document.body).backgroundColor"))

    def _log(self, kind: str) -> list[Any]:
        return list(self.browser.get_log(kind))  # type: ignore[no-untyped-call]

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self._log("browser")]

    def requested(self) -> set[str]:
        """Addresses of all that the page asked the network or the disk for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
        return {params["request"]["url"] for params in sent}


@pytest.fixture(scope="module")
def page(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert BROWSER is not None
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    browser.get("about:blank")  # away from the browser's own first page, which has requests of its own
    yield Page(browser, study.report)
    browser.quit()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_and_never_scrolls_sideways(page: Page, width: int, theme: str) -> None:
    page.requested()
    page.open(width, theme)
    assert page.run("return document.body.scrollWidth") <= width
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.requested() - {"data:,"} == {page.report.as_uri()}
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.complaints() == []
    assert page.run("return document.title") == "tinyner report"  # a sentence of the test set tries to change it
    timing = page.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")
    size = page.report.stat().st_size
    print(f"for people, not asserted: {width} px, {theme}: loaded in {timing:.0f} ms, {size:,} bytes")


@pytest.mark.parametrize("width", [360, *WIDTHS])
def test_no_text_of_a_chart_is_cut_off_or_lies_outside_its_box(page: Page, width: int) -> None:
    page.open(width)
    outside = page.run(
        """
        const near = (text, box) =>
          text.left >= box.left - 4 && text.right <= box.right + 6 &&
          text.top >= box.top - 4 && text.bottom <= box.bottom + 4;
        const charts = [...document.querySelectorAll("svg.panel, svg.flow")].filter((svg) => svg.checkVisibility());
        return charts.flatMap((svg) =>
          [...svg.querySelectorAll("text")]
            .filter((text) => !near(text.getBoundingClientRect(), svg.getBoundingClientRect()))
            .map((text) => `${svg.querySelector("title").textContent}: ${text.textContent}`)
        );
        """
    )
    assert outside == []
    assert page.run("return document.body.scrollWidth") <= width


def test_the_theme_is_toggled_and_remembered(page: Page) -> None:
    page.open()
    light = page.background()
    toggle = page.first("#theme")
    assert toggle.get_attribute("aria-pressed") == "false"
    page.click(toggle)
    assert page.background() != light
    assert toggle.get_attribute("aria-pressed") == "true"
    page.browser.refresh()
    assert page.first("#theme").get_attribute("aria-pressed") == "true"
    page.first("#theme").send_keys(Keys.SPACE)
    assert page.background() == light
    page.open(theme="dark")
    assert page.background() != light
    assert page.first("#theme").get_attribute("aria-pressed") == "true"
    assert page.complaints() == []


def test_blocked_storage_is_no_error(page: Page) -> None:
    refusal = "get() { throw new DOMException('no', 'SecurityError'); }"
    blocked = f"Object.defineProperty(window, 'localStorage', {{{refusal}}})"
    added = page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": blocked})
    page.browser.get(page.report.as_uri())
    light = page.background()
    page.click(page.first("#theme"))
    assert page.background() != light
    assert page.complaints() == []
    page.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize(("by", "width"), [("mouse", 1280), ("keyboard", 375)])
def test_a_table_is_sorted(page: Page, by: str, width: int) -> None:
    page.open(width)
    tables = "return [...document.querySelectorAll('table.sortable')].map((table) => table.textContent)"
    index = next(index for index, text in enumerate(page.run(tables)) if "Strict scores on test" in text)
    table = page.all("table.sortable")[index]
    heads = table.find_elements(By.CSS_SELECTOR, "thead th")
    name, f1 = (head.find_element(By.TAG_NAME, "button") for head in heads[:2])

    def column(at: int) -> list[str]:
        script = "return [...arguments[0].tBodies[0].rows].map((row) => row.cells[arguments[1]].textContent)"
        return list(page.run(script, table, at))

    def press(button: WebElement, key: str) -> None:
        if by == "mouse":
            page.click(button)
        else:
            button.send_keys(key)

    def means() -> list[float]:
        return [float(text.split()[0]) for text in column(1)]

    before = means()
    press(f1, Keys.ENTER)
    assert means() == sorted(before, reverse=True) != before
    assert [head.get_attribute("aria-sort") for head in heads[:3]] == ["none", "descending", "none"]
    press(f1, Keys.SPACE)
    assert means() == sorted(before)
    assert heads[1].get_attribute("aria-sort") == "ascending"
    press(name, Keys.ENTER)
    assert column(0)[:2] == ["A-50", "A-100"]  # numbers in names by their size
    assert heads[1].get_attribute("aria-sort") == "none"


def test_a_legend_hides_its_series(page: Page) -> None:
    page.open(390)
    button = page.first("[data-toggle='w1-2']")  # sigmoid, k = 8

    def lines() -> int:
        return sum(page.visible("[data-series='w1-2'] path.line"))

    assert lines() == 2
    page.click(button)
    assert (lines(), button.get_attribute("aria-pressed")) == (0, "false")
    button.send_keys(Keys.ENTER)
    assert (lines(), button.get_attribute("aria-pressed")) == (2, "true")


def test_the_length_of_the_weight_curves_is_chosen(page: Page) -> None:
    page.open()
    four, twenty = page.all("[data-choice] button")
    assert set(page.visible("[data-panel='T20']")) == {False}
    page.click(twenty)
    assert set(page.visible("[data-panel='T20']")) == {True}
    assert set(page.visible("[data-panel='T4']")) == {False}
    assert [button.get_attribute("aria-pressed") for button in (four, twenty)] == ["false", "true"]


def test_a_training_curve_gets_a_free_colour(page: Page) -> None:
    page.open()
    figure = page.first("[data-lights]")
    lit = figure.find_elements(By.CSS_SELECTOR, "button[aria-pressed='true']")
    slots = {button.find_element(By.CSS_SELECTOR, ".swatch").get_attribute("data-slot") for button in lit}
    assert len(slots) == len(lit)
    button = figure.find_element(By.CSS_SELECTOR, "button[aria-pressed='false']")
    key = button.get_attribute("data-light")
    page.click(button)
    curves = page.all(f"[data-curve='{key}']")
    new_slots = {curve.get_attribute("data-slot") for curve in curves}
    assert len(curves) == 2
    assert len(new_slots) == 1
    assert not new_slots & slots
    button.send_keys(Keys.SPACE)
    assert {curve.get_attribute("data-slot") for curve in page.all(f"[data-curve='{key}']")} == {None}


def test_no_two_training_curves_in_colour_look_alike(page: Page) -> None:
    page.open()
    figure = page.first("[data-lights]")
    buttons = figure.find_elements(By.CSS_SELECTOR, "button[data-light]")
    assert len(buttons) == 22  # five groups and 17 schedules
    for button in buttons:
        if button.get_attribute("aria-pressed") == "false":
            button.send_keys(Keys.ENTER)
    look = """
        const looks = (selector) => [...arguments[0].querySelectorAll(selector)].map((line) => {
          const style = getComputedStyle(line);
          return `${style.stroke} ${style.strokeDasharray}`;
        });
        const [panel] = arguments[0].querySelectorAll("svg.panel");
        panel.setAttribute("id", "looked-at");
        return [looks(".swatch .line"), looks("#looked-at .curve .line")];
    """
    swatches, curves = page.run(look, figure)
    assert len(set(swatches)) == len(swatches) == 22
    assert set(curves) == set(swatches)
    assert page.complaints() == []


@pytest.mark.parametrize("name", ["types", "confusion"])
def test_the_experiment_of_a_panel_is_chosen(page: Page, name: str) -> None:
    page.open(390)
    select = Select(page.first(f"#{name}-0"))
    select.select_by_visible_text("weak-C-decay")
    selector = f"[data-pick^='{name} ']"
    drawn = [panel for panel, visible in zip(page.all(selector), page.visible(selector), strict=True) if visible]
    assert len(drawn) == 2
    assert "weak-C-decay" in str(drawn[0].get_attribute("textContent"))


def test_sentences_are_filtered_by_type(page: Page) -> None:
    page.open(390)
    cards = page.all("[data-types]")
    assert 2 <= len(cards) <= 24
    buttons = {button.get_attribute("data-filter"): button for button in page.all("[data-filter]")}
    page.click(buttons["MISC"])
    with_misc = ["MISC" in str(card.get_attribute("data-types")).split() for card in cards]
    assert 0 < sum(with_misc) < len(cards)
    assert page.visible("[data-types]") == with_misc
    assert page.first("#filter-count").text == f"{sum(with_misc)} of {len(cards)} sentences"
    assert buttons["MISC"].get_attribute("aria-pressed") == "true"
    buttons[""].send_keys(Keys.ENTER)
    assert all(page.visible("[data-types]"))


def test_pictures_stand_first_and_the_proofs_are_folded(page: Page) -> None:
    page.open(375, folded=True)
    headings = [heading.text for heading in page.all("main > section h2")]
    assert headings[:2] == ["All experiments", "Learning curve"]
    assert headings[-1] == "What was found"
    assert not page.first("#summary").is_displayed()
    summary = page.first("details.section summary")
    summary.send_keys(Keys.ENTER)
    assert page.first("#summary").is_displayed()
    summary.send_keys(Keys.SPACE)
    assert not page.first("#summary").is_displayed()
    page.click(page.first("nav a[href='#confusion']"))
    assert page.first("#confusion").is_displayed()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_folded_is_printed(page: Page, scripts: bool) -> None:
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    try:
        page.open(folded=True)
        visible = "return document.querySelector('#rebuild code').checkVisibility()"
        assert not page.run(visible)
        if scripts:
            page.run("dispatchEvent(new Event('beforeprint'))")
            assert page.all("details:not([open])") == []
            page.run("dispatchEvent(new Event('afterprint'))")
        assert page.all("details[open]") == []
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert page.run(visible)
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_without_scripts_a_link_opens_what_it_leads_to(page: Page) -> None:
    """A search in the page reveals folded text by the same rule of the browser."""
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open(folded=True)
        page.browser.get("about:blank")
        page.browser.get(f"{page.report.as_uri()}#rebuild")
        assert page.first("#rebuild").is_displayed()
    finally:
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_keyboard_reaches_the_report_first(page: Page) -> None:
    page.open()
    page.first("body").send_keys(Keys.TAB)
    focused = page.browser.switch_to.active_element
    assert focused.text == "Skip to the report"
    focused.send_keys(Keys.ENTER)
    assert page.browser.switch_to.active_element.get_attribute("id") == "main"


@pytest.mark.parametrize("width", WIDTHS)
def test_without_javascript_everything_is_there(page: Page, width: int) -> None:
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open(width)
        assert set(page.visible("[data-panel]")) == {True}
        assert set(page.visible("[data-pick]")) == {True}
        assert not page.first("#theme").is_displayed()
        assert not page.first("[data-picker]").is_displayed()
        assert page.run("return document.body.scrollWidth") <= width
    finally:
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_names_that_are_markup_run_nothing_and_ask_for_nothing(page: Page, study: Study, tmp_path: Path) -> None:
    """Experiments, branches, annotators, prompts, types and files may be named by others."""
    markup = "<script>document.title='ran'</script>", "'\"><img/src=x/onerror=document.title='ran'>"
    first, second, *_ = read_archive(study.strong / "runs.jsonl.xz").values()

    def hostile(run: Run, name: str, kind: str) -> Run:
        sections = json.loads(json.dumps(run.sections).replace('"claude"', json.dumps(name)))
        sections["annotate"]["prompts"] = dict.fromkeys(("target", "related"), name)
        metrics = json.loads(json.dumps(run.metrics).replace('"MISC"', json.dumps(kind)))
        predictions = {
            seed: [[tag.replace("MISC", kind) for tag in tags] for tags in sentences]
            for seed, sentences in run.predictions.items()
        }
        return Run(name, sections, metrics, lambda: replace(run.details, predictions=predictions))

    archive = tmp_path / "<svg onload=document.title='ran'>.jsonl.xz"
    write_archive(archive, [hostile(first, markup[0], markup[1]), hostile(second, markup[1], markup[1])])
    made_report(study.strong, "--from", str(archive), "--data", str(study.strong), "-o", str(tmp_path / "page.html"))
    hostile_page = Page(page.browser, tmp_path / "page.html")
    page.requested()
    hostile_page.open()
    for control in ("details", "select", "button", "a[href^='#']"):
        hostile_page.run(f"for (const element of document.querySelectorAll({control!r})) element.click()")
    assert page.run("return document.title") == "tinyner report"
    assert page.run("return document.scripts.length + document.images.length") == page.run(
        "return document.querySelectorAll('body > script, head > script').length"
    )
    assert all(name in page.run("return document.body.textContent") for name in markup)
    assert {address.partition("#")[0] for address in page.requested()} - {"data:,"} == {hostile_page.report.as_uri()}
