"""What the C library does with memory that tensors gave back."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 32 * 2**20
"""glibc refuses more."""


def keep_freed_memory(size: int = 2**29) -> None:
    """Let the process keep up to `size` bytes that were freed for its next tensors; without glibc nothing happens.

    By default glibc gives much of it back to the system, which then clears every page again at its first touch: at the sizes of
    Table 5 several hundred pages an update of Collaborative Exploration, up to a twentieth of its time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, size)
