import hashlib
import os
import socket
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Handler
from tinyner import fetch
from tinyner.errors import UserError
from tinyner.fetch import Wheel


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))


def pip_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Set up pip as a user may: no index, wheels in a folder."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a wheel that pip accepts, demo 1.0, into the only folder that pip looks in; return its path."""
    path = tmp_path / "wheels" / "demo-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo/__init__.py", "raise SystemExit('ran')")
        archive.writestr("demo/data.txt", "data")
        archive.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("demo-1.0.dist-info/RECORD", "")
    pip_settings(monkeypatch, path.parent)
    return path


def pinned(path: Path) -> Wheel:
    return Wheel("demo", "1.0", hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_wheel_comes_by_the_users_pip_settings_and_then_from_the_cache(demo: Path) -> None:
    source = pinned(demo)
    first = fetch.wheel(source)
    assert fetch.member(first, "demo/data.txt") == b"data"
    demo.unlink()
    assert fetch.wheel(source) == first


def test_what_is_no_file_that_can_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("")
    messages = {
        "none": "no such file",
        "file/none": "no such file",
        "\0": "no such file",
        ".": "is a folder; name a file in it",
        "link": "is a link to nowhere, and there is nothing",
        "loop": "can't be read: Too many levels of symbolic links",
        "pipe": "is a pipe, which gives its content only once; write it to a file, and name this",
        "n" * 300: "can't be read: File name too long",
    }
    for name, message in messages.items():
        with pytest.raises(UserError) as caught:
            fetch.file(f"{tmp_path}/{name}")
        assert str(caught.value) == f"{tmp_path}/{name}: {message}"
    with pytest.raises(UserError, match="/dev/null: is no file but a device or a socket"):
        fetch.file("/dev/null")


def test_what_the_user_may_not_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(UserError, match=r"a\.csv: can't be read: Permission denied"):
        fetch.file(str(path))
    tmp_path.chmod(0)
    try:
        with pytest.raises(UserError, match=r"a\.csv: can't be read: Permission denied"):
            fetch.file(str(path))
        with pytest.raises(UserError, match=r"here: can't be read: Permission denied"):
            fetch.is_folder(tmp_path, "here")
        tmp_path.chmod(0o400)  # names can be listed, and no file opened
        with pytest.raises(UserError, match=r"here: can't be read: Permission denied"):
            fetch.is_folder(tmp_path, "here")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.usefixtures("demo")
def test_a_wheel_that_is_not_the_pinned_one_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"demo-1.0-py3-none-any.whl has sha256 .* expected 0000"):
        fetch.wheel(Wheel("demo", "1.0", "0" * 64))
    assert not list((tmp_path / "cache").iterdir())


def test_a_wheel_in_the_cache_that_was_tampered_with_is_fetched_again(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cached = fetch.wheel(pinned(demo))
    assert "another sha256" not in capsys.readouterr().out
    cached.write_bytes(b"something else")
    assert fetch.wheel(pinned(demo)).read_bytes() == demo.read_bytes()
    line = f"{cached}: has another sha256 than the pinned one, so it is fetched again\n"
    assert capsys.readouterr().out.startswith(line)


def test_pips_own_failure_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wheels").mkdir()
    pip_settings(monkeypatch, tmp_path / "wheels")
    with pytest.raises(UserError, match=r"pip download demo==1.0 failed: ERROR: .*index and proxy settings"):
        fetch.wheel(Wheel("demo", "1.0", "0" * 64))


def test_a_member_is_read_by_its_exact_name_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.txt", "evil")
    with pytest.raises(UserError, match=r"file.zip: expected a file good.txt in this archive"):
        fetch.member(path, "good.txt")
    path.write_bytes(b"PK no zip")
    with pytest.raises(UserError, match=r"file.zip: expected a zip archive"):
        fetch.member(path, "good.txt")


def test_a_pinned_url_is_fetched_once_and_an_unpinned_one_each_time(
    serve: Callable[[Handler], str], capsys: pytest.CaptureFixture[str]
) -> None:
    paths: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        paths.append(path)
        return (404, b"") if "missing" in path else (200, b"EU B-ORG\n")

    url = serve(answer)
    pin = hashlib.sha256(b"EU B-ORG\n").hexdigest()
    for _ in range(2):
        assert fetch.file(f"{url}/a.txt#sha256={pin}").read_bytes() == b"EU B-ORG\n"
        assert fetch.file(f"{url}/b.txt").suffix == ".txt"
    assert paths == ["/a.txt", "/b.txt", "/b.txt"]
    assert "another sha256" not in capsys.readouterr().out
    cached = fetch.file(f"{url}/a.txt#sha256={pin}")
    cached.write_bytes(b"something else")
    assert fetch.file(f"{url}/a.txt#sha256={pin}").read_bytes() == b"EU B-ORG\n"
    assert f"{cached}: has another sha256 than the pinned one, so it is fetched again\n" in capsys.readouterr().out
    with pytest.raises(UserError, match=r"a.txt has sha256 .* expected 00"):
        fetch.file(f"{url}/a.txt#sha256=00")
    with pytest.raises(UserError, match=r"missing.txt: the server answered 404"):
        fetch.file(f"{url}/missing.txt")


def test_a_connection_that_ends_too_soon_is_no_file() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for head in (b"Content-Length: 1000", b"Transfer-Encoding: chunked"):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n5\r\nEU O\n")

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        with pytest.raises(UserError, match=r"the connection ended 99\d bytes too soon"):
            fetch.file(url)
        with pytest.raises(UserError, match=r"can't be fetched"):
            fetch.file(url)


@pytest.mark.parametrize("url", ["http://[::1/x", "http://127.0.0.1:port/x", "http://127.0.0.1:9/a b"])
def test_an_address_that_is_none_is_one_line(url: str) -> None:
    with pytest.raises(UserError, match=r"can't be fetched"):
        fetch.file(url)


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"http://127.0.0.1:9/x: can't be fetched"):
        fetch.file("http://127.0.0.1:9/x")


def test_a_local_file_can_be_pinned_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    assert fetch.file(f"{path}#sha256={hashlib.sha256(b'x').hexdigest().upper()}") == path
    with pytest.raises(UserError, match="no such file"):
        fetch.file(str(tmp_path / "none"))
