"""Runs of the stage and of other clients over the same prompts, each in a process of its own and watched from outside.

``python bench/annotate_runs.py FOLDER COUNT`` prepares a workspace.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm_server import MODEL

HERE = Path(__file__).resolve().parent
SAMPLING = {"temperature": 0, "max_completion_tokens": 1024}
LIMIT = 900  # seconds, after which a run is ended
PEERS = {
    "curator": ("bespokelabs-curator==0.1.31",),
    "distilabel": ("distilabel[openai]==1.5.3", "requests"),
    "langextract": ("langextract[openai]==1.7.1",),
    "spacy_llm": ("spacy-llm==0.7.4",),
}


def prepare(folder: Path, count: int) -> None:
    """Fill a workspace with ``count`` different sentences of CoNLL's training split, and their prompts."""
    from tinyner.annotate import templates  # noqa: PLC0415, not in the bench's process:
    from tinyner.files import write_rows  # noqa: PLC0415, a child's peak memory counts its parent's
    from tinyner.params import load_params  # noqa: PLC0415
    from tinyner.prepare import corpus  # noqa: PLC0415
    from tinyner.rows import text_of  # noqa: PLC0415

    params = load_params()
    rows = {text_of(row): row for row in corpus.conll_2003(list(params.types))["train"]}
    chosen = dict(list(rows.items())[:count])
    if len(chosen) < count:
        raise SystemExit(f"there are {len(chosen)} different sentences, not {count}")
    for folder_name in ("prompts", "data/recorded"):
        shutil.copytree(folder_name, folder / folder_name)
    half = count // 2
    write_rows(folder / "data/prepared/target.jsonl", list(chosen.values())[:half])
    write_rows(folder / "data/prepared/related.jsonl", list(chosen.values())[half:])
    write_rows(folder / "data/prepared/original.jsonl", [])
    template = templates.load("standard")
    prompt = template.render(params.types, params.annotate.definitions, [])
    instruction, *blocks = template.text.split("\n\nSentence: ")
    shots = []
    for block in blocks[:-1]:
        text, _, result = block.partition("\nResult: ")
        shots.append({"text": text, "entities": json.loads(result)})
    task = {
        "prompts": [prompt.fill(row) for row in chosen.values()],
        "texts": list(chosen),
        "template": template.text,
        "instruction": instruction,
        "shots": shots,
    }
    (folder / "asked.json").write_text(json.dumps(task))


def workspace(folder: Path, count: int) -> Path:
    """Return a workspace of ``count`` sentences, prepared by another process where there is none."""
    path = folder / f"workspace-{count}"
    if not path.exists():
        path.mkdir()
        command = [sys.executable, str(Path(__file__).resolve()), str(path), str(count)]
        subprocess.run(command, cwd=HERE.parent, check=True)
    return path


def configure(place: Path, url: str, concurrency: int, mode: str) -> None:
    """Write the repository's params.yaml with another annotator and prompts."""
    import yaml  # noqa: PLC0415

    params = yaml.safe_load((HERE.parent / "params.yaml").read_text())
    prompts = {"target": "standard", "related": "standard"}
    params["annotate"] |= {"annotator": "openai", "prompts": prompts, "mode": mode}
    annotator = {"base_url": f"{url}/v1", "model": MODEL, "sampling": SAMPLING, "concurrency": concurrency}
    params["annotate"]["annotators"]["openai"] |= annotator
    (place / "params.yaml").write_text(yaml.safe_dump(params))


def watched(command: Sequence[str], url: str | None, log: Path, **options: Any) -> dict[str, Any]:
    """Run a command to its end; return seconds, CPU and memory of it and its children, and what the server counted."""
    with log.open("wb") as file:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, **options)
        killer = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
        killer.start()
        if url:
            urllib.request.urlopen(f"{url}/watch/{process.pid}").close()  # noqa: S310
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
        killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    run: dict[str, Any] = {
        "code": process.returncode,
        "whole": ended - begun,
        "cpu_whole": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1e3,
        "log": log,
    }
    if url:
        with urllib.request.urlopen(f"{url}/stats") as response:  # noqa: S310
            run |= json.load(response)
        if run["first"] is not None:
            run["start"] = run["first"] - begun
            run["asking"] = run["last"] - run["first"]
            run["cpu"] = run["cpu_whole"] - run["cpu"]
    return run


def ours(place: Path, url: str | None, concurrency: int, store: Path, mode: str = "online") -> dict[str, Any]:
    """Run the stage; with mode ray, on the cluster at $RAY_ADDRESS."""
    configure(place, url or "http://127.0.0.1:9", concurrency, mode)
    shutil.rmtree(place / "data/annotated", ignore_errors=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    variables |= {"TINYNER_REPLIES": str(store), "OPENAI_API_KEY": "x"}
    command = [sys.executable, "-m", "tinyner.annotate"]
    run = watched(command, url, place / "log.txt", cwd=place, env=variables)
    files = [path for path in (place / "data/annotated").glob("*.jsonl") if path.stem in ("target", "related")]
    replies = sum(path.read_bytes().count(b"\n") for path in files)
    return {**run, "replies": replies, "error": "" if not run["code"] else "failed"}


@dataclass(frozen=True)
class Peer:
    """A script of bench/peers, and how it is run."""

    name: str
    python: Path
    transport: str = ""  # of the bare client: aiohttp, or its default
    concurrency: int = 1
    rate: float | None = None

    def run(self, place: Path, url: str) -> dict[str, Any]:
        """Run it on a workspace's prompts."""
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            folder = Path(scratch)
            out, task_file = folder / "out.json", folder / "task.json"
            task = json.loads((place / "asked.json").read_bytes())
            task |= {"base_url": f"{url}/v1", "model": MODEL, "sampling": SAMPLING, "concurrency": self.concurrency}
            task |= {"transport": self.transport, "rate": self.rate, "out": str(out), "folder": str(folder / "peer")}
            task_file.write_text(json.dumps(task))
            variables = {
                **os.environ,
                "HOME": str(folder),  # caches too
                "OPENAI_API_KEY": "x",
                "HF_HUB_OFFLINE": "1",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "TELEMETRY_ENABLED": "false",
                "DISTILABEL_LOG_LEVEL": "WARNING",  # or it logs each request
            }
            # -P: a script named after what it imports is not to find itself
            command = [str(self.python), "-P", str(HERE / "peers" / f"{self.name}.py"), str(task_file)]
            run = watched(command, url, place / f"{self.name}.log", env=variables, cwd=folder)
            outcome = json.loads(out.read_bytes()) if out.exists() else {"replies": 0, "error": last_line(run["log"])}
        return {**run, **outcome}


def last_line(log: Path) -> str:
    """Return the last line that a process printed."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "said nothing"


def installed(folder: Path, name: str) -> Path:
    """Return the python of a peer's environment, made where there is none; their pins don't agree on one."""
    python = folder / name / "bin/python"
    if not (folder / name / "done").exists():
        print(f"{folder / name}: installing {', '.join(PEERS[name])}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / name)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *PEERS[name]], check=True)
        (folder / name / "done").touch()
    return python


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), int(sys.argv[2]))
