"""Gold tags of any known scheme, checked and read into IOB2."""

from collections.abc import Callable, Collection, Sequence

from tinyner.bio import TagError, to_iob2
from tinyner.errors import UserError


def checked(tags: Sequence[str], types: Collection[str], place: Callable[[int], str]) -> list[str]:
    """IOB2 tags of one sentence; ``place`` says where the word of an index stands, for the message.

    Raises:
        UserError: for a tag of no scheme, or of a type that is not in ``types``.
    """
    try:
        iob2 = to_iob2(tags)
    except TagError as error:
        raise UserError(f"{place(error.index)}: {error}") from None
    for index, tag in enumerate(iob2):
        if tag != "O" and tag[2:] not in types:
            raise UserError(f"{place(index)}: type {tag[2:]} is none of the types in params.yaml ({', '.join(types)})")
    return iob2
