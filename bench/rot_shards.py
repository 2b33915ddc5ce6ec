"""What says how far labelling is, as ``bench/rot.py`` damages it: records of shards, files of a killed run."""

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rot_kind import Kind
from tinyner.predict.labelling import Counts
from tinyner.predict.parts import parts
from tinyner.predict.texts import Skipped
from tinyner.shards.plan import Shard
from tinyner.shards.record import Labels, made_before, write_record

_MADE = {"the model": "a1" * 32, "the options": '{"min_score": 0.5}', "the versions": "b2" * 32}
_ORIGIN = {"the input": "c3" * 32, **_MADE}
_BLOCKS = [f'{{"text": "block {number}"}}\n'.encode() * 20 for number in range(4)]


def _shard(folder: Path) -> Shard:
    return Shard("in/a.jsonl", str(folder / "out/a.jsonl"), str(folder / "out/_tinyner/a.jsonl.json"), 100, "v1")


def _make_record(folder: Path) -> Path:
    shard = _shard(folder)
    Path(shard.target).parent.mkdir()
    Path(shard.target).write_bytes(_BLOCKS[0])
    counts = Counts(texts=20, sentences=31, strays=1, labels={"PER": 7, "LOC": 2})
    write_record(shard, _MADE, Labels(counts, Skipped(2, "in/a.jsonl:3: no text")), len(_BLOCKS[0]))
    return Path(shard.record)


def _read_record(folder: Path) -> Any:
    before = made_before(_shard(folder), _MADE)
    if isinstance(before, Labels):
        return asdict(before)
    print(before)  # as the command does
    return None


def _is_to_be_labelled(_whole: Any, damaged: Any) -> bool:
    return damaged is None


class _KilledError(Exception):
    pass


def _make_part(folder: Path) -> Path:
    """Leave what a run leaves that is killed after two of four blocks."""
    with suppress(_KilledError), parts([folder / "out.jsonl"], lambda: _ORIGIN) as unfinished:
        for number in range(2):
            unfinished.write(0, _BLOCKS[number])
            unfinished.save({"blocks": number + 1})
        unfinished.write(0, b'{"te')
        raise _KilledError
    return folder / ".out.jsonl.part"


def _make_state(folder: Path) -> Path:
    part = _make_part(folder)
    return part.with_name(f"{part.name}.json")


def _go_on(folder: Path) -> bytes:
    """Return what the same command, said again, writes."""
    with parts([folder / "out.jsonl"], lambda: _ORIGIN) as unfinished:
        for number in range(unfinished.state.get("blocks", 0), len(_BLOCKS)):
            unfinished.write(0, _BLOCKS[number])
            unfinished.save({"blocks": number + 1})
    return (folder / "out.jsonl").read_bytes()


KINDS = {
    "shard-record": Kind(_make_record, _read_record, lacks=_is_to_be_labelled),
    "shard-part": Kind(_make_part, _go_on),
    "shard-state": Kind(_make_state, _go_on),
}
