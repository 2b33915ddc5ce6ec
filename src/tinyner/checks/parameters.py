"""The whole of params.yaml: all its mistakes, and the sections that can be used in spite of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tinyner.checks.findings import Findings
from tinyner.errors import UserError
from tinyner.params import PARAMS_FILE, Params, mistakes, parse_content

AREA = "params"


@dataclass(frozen=True)
class UsableParams:
    """Parameters of which only the sections in ``sections`` may be looked at: the others have mistakes."""

    params: Params
    sections: frozenset[str]

    def has(self, *sections: str) -> bool:
        """Return whether all of these sections can be used."""
        return self.sections.issuperset(sections)


def check_parameters(
    findings: Findings, changes: Mapping[str, object], path: Path = PARAMS_FILE
) -> UsableParams | None:
    """Add every mistake, and return what can be used; None where the file can't be read at all."""
    try:
        content = parse_content(path.read_text(encoding="utf-8"), path, changes)
    except OSError as error:
        findings.error(AREA, f"{path}: can't be read: {error.strerror}; run this at the repository's root")
        return None
    except ValueError as error:  # bytes that are no UTF-8
        findings.error(AREA, f"{path}: not valid YAML: {error}")
        return None
    except UserError as error:
        findings.error(AREA, str(error))
        return None
    lines = mistakes(content)
    for line in lines:
        findings.error(AREA, f"{path}: {line}")
    if not lines:
        findings.ok(AREA, f"{path}: every key is there, no value is out of range")
        return UsableParams(Params.model_validate(content), frozenset(Params.model_fields))
    valid = _valid_sections(content)
    unusable = [name for name in Params.model_fields if name not in valid]
    if unusable:
        findings.warning(AREA, f"{path}: what depends on {', '.join(unusable)} is not checked until that is mended")
    return UsableParams(Params.model_construct(**valid), frozenset(valid))


def _valid_sections(content: Mapping[str, Any]) -> dict[str, Any]:
    sections = {}
    for name, field in Params.model_fields.items():
        try:
            sections[name] = TypeAdapter[Any](Any if field.annotation is None else field.annotation).validate_python(
                content.get(name)
            )
        except ValidationError:
            continue
    return sections
