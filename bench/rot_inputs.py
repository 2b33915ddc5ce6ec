"""Files that a user writes, as ``bench/rot.py`` damages them: a prompt, its examples, a study.

Damage that leaves such a file well formed makes it another one that somebody may have written. It is an edit, which
can't be told from another in the file alone: Git shows it. What may not come of it is a traceback, or another reply
under the old prompt's key.
"""

import operator
from collections.abc import Callable
from pathlib import Path

from rot_kind import Kind
from tinyner.annotate import templates
from tinyner.params import load_params
from tinyner.study.plans import plan

_ROOT = Path(__file__).parents[1]
_STUDY = """\
base: {train.seeds: [1, 2], train.lr: 1.0e-4}
experiments:
  mix: {train.group: D, train.schedule.type: simple_mix}
  power: {train.group: D, train.schedule.type: power, train.schedule.n: 2, train.lr_decay: 0.95}
"""


def _copied(*names: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        for name in (*names, "params.yaml"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes((_ROOT / name).read_bytes())
        return folder / names[0]

    return make


def _make_study(folder: Path) -> Path:
    _copied("params.yaml")(folder)
    path = folder / "study.yaml"
    path.write_text(_STUDY)
    return path


def _read_prompt(folder: Path) -> tuple[str, str]:
    """Return the prompt's sha256, under which replies are stored, and what would be sent."""
    params = load_params(Path("params.yaml"))
    shots = templates.load_shots("examples", params.types)
    prompt = templates.load("scheme").render(params.types, params.annotate.definitions, shots)
    return prompt.sha256, prompt.fill({"id": "1", "words": ["Blair", "left", "."]})


def _read_study(folder: Path) -> list[tuple[str, dict[str, object]]]:
    return [(experiment.name, dict(experiment.changes)) for experiment in plan("study.yaml", {})]


def _has_another_key(whole: tuple[str, str], damaged: tuple[str, str]) -> bool:
    return whole[0] != damaged[0] and whole[1] != damaged[1]


KINDS = {
    "input-prompt": Kind(
        _copied("prompts/scheme.txt", "prompts/examples.jsonl"), _read_prompt, is_edit=_has_another_key
    ),
    "input-examples": Kind(
        _copied("prompts/examples.jsonl", "prompts/scheme.txt"), _read_prompt, is_edit=_has_another_key
    ),
    "input-study": Kind(_make_study, _read_study, is_edit=operator.ne),
}
