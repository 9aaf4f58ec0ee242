"""The C library keeps what was freed."""

import ctypes
import subprocess
import sys

import pytest

from kmyriad.jobs.memory import keep_freed_memory

COUNT = """
import resource, sys, torch
from kmyriad.jobs.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(2**22)
before = faults()
torch.ones(2**21)
print((faults() - before) * resource.getpagesize() / 2**20)
"""
"""MiB of pages that the system handed out for a tensor of 8 MiB when one of 16 was gone."""


def handed_out(how: str) -> float:
    return float(subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow(8)
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="this C library has no mallopt")
def test_tensors_get_the_memory_of_those_before() -> None:
    assert handed_out("keep") < 4 < handed_out("give back")


def test_without_mallopt_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    keep_freed_memory()
