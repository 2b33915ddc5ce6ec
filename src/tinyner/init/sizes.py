"""How many sentences of a labelled file go to test and to valid."""

from tinyner.errors import UserError
from tinyner.init import choices
from tinyner.plurals import number


def of_gold(count: int, test: int | None = None, valid: int | None = None) -> tuple[int, int]:
    """Return the sizes of test and valid; train has the rest.

    A size that the user did not say is that of the tables, and at most half of what the other one leaves.

    Args:
        count: of labelled sentences.
        test: as the user said, None otherwise.
        valid: as the user said, None otherwise.

    Raises:
        UserError: where what the user said is more than there is.

    >>> of_gold(60), of_gold(60, test=60), of_gold(60, test=50), of_gold(60, valid=40)
    ((26, 10), (60, 0), (50, 5), (10, 40))
    """
    said = {flag: size for flag, size in (("--test", test), ("--valid", valid)) if size is not None}
    left = count - sum(said.values())
    flags = " and ".join(f"{flag} {size:,}" for flag, size in said.items())
    if left < 0:
        more = "are together more" if len(said) > 1 else "is more"
        raise UserError(f"init: {flags} {more} than the {number(count, 'labelled sentence')}")
    if test is None:
        of_table = choices.at(choices.TEST_OF_GOLD, count)
        test = min(of_table, left // 2) if said else of_table
        if of_table and not test:
            raise UserError(f"init: {flags} leaves none of the {number(count, 'labelled sentence')} for test; lower it")
        left -= test
    return test, min(choices.at(choices.VALID_OF_GOLD, count), left // 2) if valid is None else valid
