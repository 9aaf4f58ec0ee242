"""Stage `export`: one head of a policy as an ONNX file, to run on a robot or wherever there is no PyTorch.

    python -m kmyriad.stages.export --policy actor.safetensors --onnx actor.onnx

Input `obs` [batch, obs_dim]; outputs `action` = tanh(mean), `mean` and `std` of the Gaussian before tanh, each
[batch, action_dim], float32. The batch is of any size. The file's metadata say which head of which checkpoint it is.
"""

import argparse
import hashlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import one_line_errors
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.policies import MultiHeadPolicy

REQUIREMENTS = ("onnx", "onnxscript")
"""What torch's exporter needs; the extra `export` of this project."""
OUTPUTS = ("action", "mean", "std")


class DeterministicActor(nn.Module):
    """The policy of one head `policy` as a function of observations alone."""

    def __init__(self, policy: MultiHeadPolicy) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, obs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return tanh(mean), mean and standard deviation before tanh, each [batch, action_dim], for `obs` [batch, obs_dim]."""
        mean, log_std = self.policy(obs)
        return mean.tanh(), mean, log_std.exp()


def export(policy_path: Path, onnx_path: Path, head: int | None = None) -> None:
    """Write head `head` of the policy at `policy_path` as ONNX to `onnx_path`; a policy of one head needs no `head`.

    Raises:
        ModuleNotFoundError: torch's exporter lacks a package; the message has the command.
        StageError: no such head, or none is given and there are several; the checkpoint is missing or damaged.
    """
    _require_exporter()
    policy = load_policy(policy_path)
    head = _checked_head(policy_path, policy.num_heads, head)
    actor = DeterministicActor(policy.select_head(head)).eval()
    with _quiet():
        # Two rows: the exporter would take a batch of one for a constant.
        program = torch.onnx.export(
            actor,
            (torch.zeros(2, policy.obs_dim),),
            dynamo=True,
            verbose=False,
            input_names=["obs"],
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: "batch"},),
        )
    if program is None:
        raise StageError("the exporter returned nothing: report this with the version of torch")
    program.model.metadata_props.update(
        {
            "obs_dim": str(policy.obs_dim),
            "action_dim": str(policy.action_dim),
            "head": str(head),
            "source": str(policy_path),
            "sha256": hashlib.sha256(policy_path.read_bytes()).hexdigest(),
        }
    )
    write_atomically(onnx_path, program.save)


def _require_exporter() -> None:
    for module in REQUIREMENTS:
        if find_spec(module) is None:
            raise ModuleNotFoundError(
                f"{module!r} is not installed, which ONNX files need; run: pip install {' '.join(REQUIREMENTS)}"
            )


def _checked_head(path: Path, num_heads: int, head: int | None) -> int:
    if head is None and num_heads == 1:
        return 0
    if head is None:
        raise StageError(f"{path} has {num_heads} heads: say which with --head, 0 .. {num_heads - 1}")
    if not 0 <= head < num_heads:
        raise StageError(f"head {head} does not exist: {path} has heads 0 .. {num_heads - 1}")
    return head


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what torch's exporter says about itself, not about the policy."""
    # It logs that torchvision, whose operators no policy has, is missing.
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # torch 2.13's exporter copies a class that torch itself has deprecated.
            warnings.filterwarnings("ignore", "`isinstance\\(treespec, LeafSpec\\)` is deprecated", FutureWarning)
            yield
    finally:
        logger.setLevel(level)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.export", description=__doc__.partition("\n")[0])
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--onnx", required=True, type=Path, help="ONNX file to write")
    parser.add_argument("--head", type=int, help="index of the head, from 0; a policy of one head needs none")
    options = parser.parse_args(arguments)
    with one_line_errors():
        export(options.policy, options.onnx, options.head)


if __name__ == "__main__":
    main()
