"""Check gold tags of a supported scheme and convert them to IOB2."""

from collections.abc import Callable, Collection, Sequence

from tinyner.bio import TagError, to_iob2
from tinyner.errors import UserError


def checked_iob2(tags: Sequence[str], types: Collection[str], place: Callable[[int], str]) -> list[str]:
    """Return the tags of one sentence as IOB2.

    Args:
        tags: in any scheme that ``tinyner.bio.to_iob2`` reads.
        types: the types that a tag may have.
        place: from a word's index to its file and line, for messages.

    Raises:
        UserError: if a tag is of no scheme, breaks its scheme, or has another type.
    """
    try:
        iob2 = to_iob2(tags)
    except TagError as error:
        raise UserError(f"{place(error.index)}: {error}") from None
    for index, tag in enumerate(iob2):
        if tag != "O" and tag[2:] not in types:
            raise UserError(f"{place(index)}: type {tag[2:]} is none of the types in params.yaml ({', '.join(types)})")
    return iob2
