"""The benchmarks' options."""

from argparse import ArgumentTypeError


def positive(text: str) -> int:
    """Return the whole number that `text` is, of at least one thing.

    Raises:
        ArgumentTypeError: less than 1.
        ValueError: not a whole number.
    """
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"must be at least 1, got {number}")
    return number
