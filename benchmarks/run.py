"""Runs the benchmarks, each in its own process, and writes their tables into benchmarks/README.md and benchmarks/profile.md.

python benchmarks/run.py            everything, about half an hour
python benchmarks/run.py --quick    a smoke test of all scripts, printed, not written; its numbers say nothing about speed
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import tables
from benchmarks.arguments import positive

HERE = Path(__file__).resolve().parent
START, END = "<!-- table: begin -->", "<!-- table: end -->"
HEADS = (1, 10, 50)
TINY = ("--envs", "50", "--horizon", "4")
RATES = ("--matrix-size", "128")
QUICK = {
    "epoch": (*TINY, *RATES, "--epochs", "1"),
    "hotspots": TINY,
    "ppo": (*TINY, *RATES, "--updates", "1"),
    "scaling": ("--quick", "--rounds", "1"),
    "checkpointing": ("--epochs", "2", "--checkpoint-seconds", "0"),
    "peers": ("--quick", "--rounds", "1"),
    "one_process": ("--seeds", "2", "--epochs", "1"),
    "gridworld": ("--updates", "3", "--repeats", "1"),
    "collaborative": ("--rounds", "3", "--no-memory"),
}
"""What makes each script fast, and its figures meaningless."""
GOALS = "Goals: time <= 1.1 x roofline for each number of heads; 50 heads <= 1.1 x 1 head; peak memory <= 3 GiB."
DISTANCES = "How far each part is from its own limit (arithmetic at the measured float32 rate, copying, SciPy's bare tree):"
PPO_GOAL = "One PPO update, 300 ants x 600 steps, pretrained column of Table 3. Goal: <= 1.3 x roofline."
DESK_GOAL = "One epoch of the update trust-region at desk scale: 50 ants x 100 steps, 128-128. Goal: <= 1.2 x roofline."
PACKAGES = ("torch", "mujoco", "scipy", "gymnasium", "envpool", "scikit-learn", "faiss-cpu")


def run(script: str, *arguments: str, threads: int, quick: bool) -> dict[str, Any]:
    """Return the JSON that a benchmark prints; torch and OpenMP get `threads` threads."""
    arguments = (*arguments, *(QUICK[script] if quick else ()), "--threads", str(threads))
    command = [sys.executable, "-m", f"benchmarks.{script}", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    print(" ".join(command[1:]), file=sys.stderr, flush=True)
    output = subprocess.run(command, cwd=HERE.parent, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(output, file=sys.stderr, flush=True)
    return json.loads(output)


def results(threads: int, quick: bool) -> str:
    """Run all but the profile and return their tables."""
    epochs = [run("epoch", "--heads", str(heads), threads=threads, quick=quick) for heads in HEADS]
    # An epoch of desk scale has no tiny size.
    sizes = HEADS[:1] if quick else HEADS
    desk = [run("epoch", "--desk", "--heads", str(heads), threads=threads, quick=quick) for heads in sizes]
    ppo, scaling, peers = (run(script, threads=threads, quick=quick) for script in ("ppo", "scaling", "peers"))
    single = ("checkpointing", "one_process", "gridworld", "collaborative")
    checkpointing, one_process, gridworld, collaborative = (run(script, threads=1, quick=quick) for script in single)
    base = ", ".join(f"{name} {value}" for name, value in scaling["base"].items())
    parts = (
        machine(threads),
        tables.shares(epochs),
        GOALS,
        DISTANCES,
        tables.distances(epochs),
        PPO_GOAL,
        tables.ppo(ppo),
        DESK_GOAL,
        tables.shares(desk),
        f"An epoch's time per environment step, relative to that with {base}:",
        tables.scaling(scaling),
        "Peers:",
        tables.peers(peers),
        tables.checkpointing(checkpointing),
        tables.one_process(one_process),
        tables.gridworld(gridworld),
        tables.collaborative(collaborative),
    )
    return "\n\n".join(parts)


def profile(threads: int, quick: bool) -> str:
    """Run the profile and return its page."""
    found = run("hotspots", threads=threads, quick=quick)
    title = "# The operations that one epoch at paper scale spends most time in"
    note = "10 heads, Empty, by torch's profiler; an operation's time is without that of those it calls. From `make bench`."
    return "\n\n".join((title, f"{machine(threads)} {note}", tables.hotspots(found))) + "\n"


def machine(threads: int) -> str:
    """Return what the figures were measured on, and when."""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    date = datetime.date.today().isoformat()
    load = f"load average {os.getloadavg()[2]:.1f} on {os.cpu_count()} cores"
    return (
        f"{date}, {_processor()}, {load}; {threads} thread{'s' * (threads > 1)}; Python {platform.python_version()}, {versions}."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def replace_table(page: Path, table: str, start: str = START, end: str = END) -> None:
    """Put `table` between the two marks of `page`."""
    before, rest = page.read_text().split(start)
    page.write_text(f"{before}{start}\n{table}\n{end}{rest.split(end)[1]}")


def main() -> None:
    """Run; write the tables, or print those of a smoke test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--threads", type=positive, default=1, help="of all but scaling.py (default: %(default)s, as a job of the workflow has)"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test: tiny sizes, printed and not written")
    options = parser.parse_args()
    table, page = results(options.threads, options.quick), profile(options.threads, options.quick)
    if options.quick:
        print("A smoke test, of other sizes than the tables say: none of its figures means anything.", table, page, sep="\n\n")
        return
    replace_table(HERE / "README.md", table)
    (HERE / "profile.md").write_text(page)


if __name__ == "__main__":
    main()
