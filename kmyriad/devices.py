"""Which device settings mean."""


def resolved(device: str, on_gpu: bool = True) -> str:
    """Return `device` without "auto", which is the GPU if there is one and what is to run can run there (`on_gpu`), else the CPU.

    Raises:
        ValueError: a GPU where PyTorch finds none.
    """
    import torch  # takes seconds, and not all that names a device needs it

    there = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if there and on_gpu else "cpu"
    if device.startswith("cuda") and not there:
        raise ValueError(f"device {device!r}: PyTorch finds no CUDA GPU here; set the device to cpu, or use a machine with one")
    return device
