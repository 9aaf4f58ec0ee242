"""Runs the benchmarks, each in its own process, and writes their table into benchmarks/README.md.

python benchmarks/run.py            everything, about ten minutes on two cores
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
START, END = "<!-- table: begin -->", "<!-- table: end -->"
GOALS = "Goals: ratio <= 1.2 for each number of heads; 50 heads <= 1.1 x 1 head; peak memory <= 3 GiB."

PPO_GOAL = "One PPO update, 300 ants x 600 steps, pretrained column of Table 3. Goal: ratio <= 1.3."


def run(script: str, *arguments: str, threads: int) -> dict[str, float]:
    """Return the JSON that a benchmark prints; torch and OpenMP get `threads` threads."""
    command = [sys.executable, "-m", f"benchmarks.{script}", *arguments, "--threads", str(threads)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    print(" ".join(command[1:]), file=sys.stderr, flush=True)
    return json.loads(subprocess.run(command, cwd=HERE.parent, env=environment, check=True, stdout=subprocess.PIPE).stdout)


def epoch_table(rows: list[dict[str, float]]) -> str:
    """Return the table of epochs: shares of one epoch's time, the ratio to the roofline and to one head."""
    shares = ("physics", "rollout_rest", "neighbours", "update")
    head = "| heads | " + " | ".join(shares) + " | time / roofline | that ratio / that of 1 head | peak memory, GiB |"
    lines = [head, "|" + "---|" * (len(shares) + 4)]
    for row in rows:
        cells = [f"{100 * row[share]:.1f} %" for share in shares]
        relative = row["ratio"] / rows[0]["ratio"]
        lines.append(f"| {row['heads']} | {' | '.join(cells)} | {row['ratio']:.2f} | {relative:.2f} | {row['peak_gib']:.2f} |")
    return "\n".join(lines)


def ppo_table(row: dict[str, float]) -> str:
    """Return the table of one PPO update: shares of its time and the ratio to the roofline."""
    shares = ("physics", "rollout_rest", "update", "arithmetic")
    cells = [f"{100 * row[share]:.1f} %" for share in shares]
    head = f"| {' | '.join(shares)} | time / roofline |"
    return "\n".join((head, "|" + "---|" * (len(shares) + 1), f"| {' | '.join(cells)} | {row['ratio']:.2f} |"))


def checkpointing_line(row: dict[str, float]) -> str:
    """Return what saving the state costs."""
    return (
        f"Saving the state of {row['heads']:.0f} heads at desk scale ({row['mib']:.0f} MiB): {100 * row['share']:.2f} % of the "
        "run's time. Goal: <= 2 %."
    )


def gridworld_line(row: dict[str, float]) -> str:
    """Return how fast PGPSE trains."""
    rates = [value for name, value in row.items() if name != "hours"]
    return (
        f"PGPSE, m = 6, five seeds side by side on one thread: {min(rates):.0f} to {max(rates):.0f} updates a second of all "
        f"seeds, by world and arm; that is {min(rates) / 22:.0f} to {max(rates) / 3:.0f} times the 3 to 22 that its published "
        f"code does of one. All 24 settings x 10,000 updates: {60 * row['hours']:.1f} minutes of one core. "
        "Goal: 10 minutes of two."
    )


def peer_table(row: dict[str, float]) -> str:
    """Return the table of peers."""
    ants, search = row["ants"] / row["gymnasium_ants"], row["scikit_learn_seconds"] / row["knn_seconds"]
    return "\n".join(
        (
            "| | ours / peer's speed |",
            "|---|---|",
            f"| 1000 ants against Gymnasium's Ant-v5 in a SyncVectorEnv of 8, physics steps a second | {ants:.1f} |",
            f"| k-NN, N = 600,000 visited x, y, k = 5, against scikit-learn's NearestNeighbors | {search:.1f} |",
        )
    )


def machine(threads: int) -> str:
    """Return what the figures were measured on, and when."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "mujoco", "scipy", "gymnasium", "scikit-learn"))
    date = datetime.date.today().isoformat()
    return f"{date}, {_processor()}, {threads} threads; Python {platform.python_version()}, {versions}."


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    """Run, and rewrite the README between its two marks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    epochs = [run("epoch", "--heads", heads, threads=threads) for heads in ("1", "10", "50")]
    ppo = run("ppo", threads=threads)
    checkpointing = run("checkpointing", threads=1)
    peers = run("peers", threads=threads)
    gridworld = run("gridworld", threads=1)
    parts = (machine(threads), epoch_table(epochs), GOALS, ppo_table(ppo), PPO_GOAL)
    table = "\n\n".join((*parts, checkpointing_line(checkpointing), gridworld_line(gridworld), peer_table(peers)))
    readme = HERE / "README.md"
    before, rest = readme.read_text().split(START)
    readme.write_text(f"{before}{START}\n{table}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
