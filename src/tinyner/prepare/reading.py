"""How the user's files are read: the scheme's types, the parameters of stage prepare, and what is noted on the way."""

from dataclasses import dataclass, field

from tinyner.params import Params, Prepare
from tinyner.prepare.notes import Notes
from tinyner.prepare.scheme_types import SchemeTypes


@dataclass(frozen=True)
class Reading:
    """What all readers of files need."""

    types: SchemeTypes
    params: Prepare
    notes: Notes = field(default_factory=Notes)

    @classmethod
    def of(cls, params: Params) -> "Reading":
        """Return a reading by params.yaml, without notes yet."""
        return cls(SchemeTypes(params.types, params.prepare.drop_types), params.prepare)
