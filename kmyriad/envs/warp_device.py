"""Whether a device is there for MuJoCo Warp, and has the memory for as many copies of a model as are wanted.

Importing this module imports Warp.
"""

import os
from dataclasses import fields, is_dataclass
from pathlib import Path

import mujoco
import mujoco_warp
import torch
import warp as wp

_SCRATCH = 1.12
"""Memory that each captured physics step keeps for itself, as a share of the copies' own: measured on the CPU as the growth of
the resident memory from 1000 to 3000 ants, 0.8 to 1.1 over terrains, nconmax and njmax. A CUDA graph can re-use it."""


def open_device(name: str) -> wp.Device:
    """Return Warp's device of torch's `name`; from then on Warp reports nothing below warnings.

    Raises:
        ValueError: `name` is neither "cpu" nor "cuda" (or "cuda:<index>"), or there is no such GPU.
    """
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdecimal()):
        raise ValueError(f"unknown device {name!r} of the backend mujoco-warp (choices: cpu, cuda, cuda:<index>)")
    # It would print a line for each of about 100 kernels that it loads. That there is no GPU, it says all the same.
    wp.config.log_level = max(wp.config.log_level, wp.LOG_WARNING)
    if kind == "cpu":
        return wp.get_device("cpu")
    if not torch.cuda.is_available():
        raise ValueError(f"device {name!r}: PyTorch finds no CUDA GPU here; set the device to cpu, or use a machine with one")
    if int(index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device {name!r}: there are {torch.cuda.device_count()} CUDA GPUs here, counted from 0")
    if not wp.is_cuda_available():
        raise ValueError(f"device {name!r}: PyTorch finds a CUDA GPU, but Warp {wp.__version__} cannot use it; update its driver")
    return wp.get_device(name)


def check_memory(model: mujoco.MjModel, num_envs: int, substeps: int, device: wp.Device, nconmax: int, njmax: int) -> None:
    """Refuse, before anything of that size is allocated, more copies of `model` than fit into the memory that is free.

    Raises:
        ValueError: they do not fit; the message says how many would.
    """
    each, free = world_bytes(model, substeps, nconmax, njmax), free_bytes(device)
    if num_envs * each > free:
        raise ValueError(
            f"{num_envs} copies need {num_envs * each / 2**30:.1f} GiB of memory on {device.alias} ({each / 1000:.0f} kB each at "
            f"nconmax {nconmax}, njmax {njmax}), {free / 2**30:.1f} GiB are free; take at most {free // each} copies"
        )


def world_bytes(model: mujoco.MjModel, substeps: int, nconmax: int, njmax: int) -> int:
    """Return about how many bytes each copy of `model` takes, with the scratch memory of a graph of `substeps` steps.

    What a copy adds to MuJoCo Warp's arrays is seen from two small sets of them. An ant with nconmax 48 and njmax 96: 200 kB.
    """
    with wp.ScopedDevice("cpu"):
        one, two = (_bytes(mujoco_warp.make_data(model, nworld=n, nconmax=nconmax, njmax=njmax)) for n in (1, 2))
    return int((two - one) * (1 + _SCRATCH * substeps))


def free_bytes(device: wp.Device) -> int:
    """Return the bytes of memory on `device` that nobody uses."""
    if device.is_cuda:
        return torch.cuda.mem_get_info(device.ordinal)[0]
    facts = Path("/proc/meminfo")
    if facts.exists():
        lines = dict(line.split(":") for line in facts.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _bytes(arrays: object) -> int:
    if isinstance(arrays, wp.array):
        return arrays.capacity
    return sum(_bytes(getattr(arrays, field.name)) for field in fields(arrays)) if is_dataclass(arrays) else 0
