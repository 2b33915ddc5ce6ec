"""The page of `tinyner predict --html` in a real browser: nothing runs, and nothing is asked for."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.predict.made import counts_of, made
from tests.report.test_browser import BROWSER, DRIVER, FLAGS, IN_CHROMIUM
from tinyner.predict.write_html import Html

pytestmark = IN_CHROMIUM

MARKUP = (
    "<script>document.title='ran'</script>",
    '"><img src={url}/img onerror="document.title=\'ran\'">',
    "'><svg onload=document.title='ran'><image href={url}/svg />",
    "</style><style>body{{background:url({url}/css)}}</style>",
    "</span></p><iframe src={url}/frame></iframe>",
    "<meta http-equiv=refresh content=0;url={url}/refresh>",
    "<link rel=stylesheet href={url}/link><base href={url}/>",
    "<!-- --><form action={url}/form><button>a",
    "&lt;script&gt;\u202e\x1b[2J",
)


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """Serve on loopback; yield the address and the paths that were asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    opened = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield opened
    opened.quit()


def test_nothing_runs_and_no_request_leaves(
    asked: tuple[str, list[str]], browser: webdriver.Chrome, tmp_path: Path
) -> None:
    url, paths = asked
    markup = [text.format(url=url) for text in MARKUP]
    texts = [made(f"{text} Rome", ("Rome", text), file=text, line=1) for text in markup]
    texts += [made(text, (text, "PER", 0.5), file="a.txt", line=2) for text in markup]
    counts = counts_of(*texts)
    writer = Html("".join(markup), has_files=True)
    page = tmp_path / "page.html"
    page.write_bytes(writer.begin() + writer.block(texts, counts) + writer.end(counts))
    browser.get(page.as_uri())
    assert browser.title != "ran"
    assert browser.title.startswith("Entities in ")
    tags = browser.execute_script(
        "return [...new Set([...document.querySelectorAll('*')].map(e => e.localName))].sort()"
    )
    assert set(tags) == {
        *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "h1", "p", "a", "span"),
        *("mark", "b", "small"),
    }
    assert browser.execute_script("return document.querySelectorAll('main p').length") == len(texts)
    assert paths == []

    # What the policy is for: markup that got in all the same could do nothing (but leave the page, by a refresh).
    inside = "".join(text for text in markup if "refresh" not in text)
    leaky = tmp_path / "leaky.html"
    leaky.write_bytes(page.read_bytes().replace(b"<main>", inside.encode() + b"<main>"))
    browser.get(leaky.as_uri())
    assert browser.execute_script("return document.images.length") > 0
    assert browser.title.startswith("Entities in ")
    assert paths == []
