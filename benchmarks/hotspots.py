"""The operations that one epoch of pretraining spends most time in, by torch's profiler.

Prints JSON: `rows` of operation, calls and share of the epoch's time, the time of the operations that it calls left out. Code
outside of torch shows under the names of the parts (see stopwatch.py): *physics* is mujoco.rollout, *k-NN* SciPy's tree, the
others what Python spends between torch's operations. The profiler slows many small operations more than few large ones.
"""

import json
from collections.abc import Callable
from typing import Any

from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.arguments import positive
from benchmarks.epoch import paper_training, training_parser
from benchmarks.stopwatch import PARTS, instrumented


def recorded(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` such that the profiler knows its time as that of `part`."""

    def call(*arguments: Any, **options: Any) -> Any:
        with record_function(part):
            return function(*arguments, **options)

    return call


def measure(heads: int, envs: int, horizon: int, threads: int, top: int) -> dict[str, Any]:
    """Return the `top` operations with the largest shares, and the share of all others."""
    training = paper_training(heads, envs, horizon, threads)
    training.run_epoch()
    with instrumented(training, recorded), profile(activities=[ProfilerActivity.CPU]) as profiler, record_function("other"):
        training.run_epoch()
    events = sorted(profiler.key_averages(), key=lambda event: -event.self_cpu_time_total)
    total = sum(event.self_cpu_time_total for event in events)
    rows = [
        {
            "operation": f"{event.key} (outside torch)" if event.key in PARTS else event.key,
            "calls": event.count,
            "share": event.self_cpu_time_total / total,
        }
        for event in events[:top]
    ]
    return {"rows": rows, "rest": 1 - sum(row["share"] for row in rows), "operations": len(events)}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = training_parser(str(__doc__))
    parser.add_argument("--top", type=positive, default=10)
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
