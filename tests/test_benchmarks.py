"""The benchmark suite runs, its tables parse and its shares are shares. No speed is asserted: machines are shared."""

import json
import re
import subprocess
import sys

import pytest

from benchmarks.epoch import measure
from benchmarks.pairing import Work, relative_speed
from benchmarks.peers import QUICK, grouped_policy
from benchmarks.stopwatch import PARTS, Stopwatch
from benchmarks.tables import percent, table


def tables_of(text: str) -> list[list[dict[str, str]]]:
    """The Markdown tables of `text`, a dictionary by column a row; each row must have a cell for every column."""
    tables: list[list[dict[str, str]]] = []
    header: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if header is None:
            header = cells
            tables.append([])
        elif set(cells) != {"---"}:
            tables[-1].append(dict(zip(header, cells, strict=True)))
    return tables


def output_of(*command: str) -> str:
    return subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True, check=True, timeout=600).stdout


def number(cell: str) -> float:
    return float(cell.removesuffix(" %").replace(",", ""))


# --- the suite


@pytest.mark.slow(146)
def test_the_quick_suite_runs_and_its_tables_parse() -> None:
    found = tables_of(output_of("benchmarks/run.py", "--quick", "--threads", "1"))
    epochs, distances, ppo, desk, scaling, peers, hotspots = found
    assert [[row["heads"] for row in rows] for rows in (epochs, distances, desk)] == [["1", "10", "50"], ["1", "10", "50"], ["1"]]
    for row in (*epochs, *desk):
        # Eight shares, each rounded to 0.1 %.
        assert sum(number(row[part]) for part in PARTS) == pytest.approx(100, abs=0.4)
        assert number(row["time / roofline"]) > 1, "nothing is faster than its roofline"
    assert epochs[0]["that ratio / that of 1 head"] == "1.00"
    assert len(ppo) == 1 and len(peers) >= 2
    assert [row["number of"] for row in scaling] == ["environments", "heads", "T", "threads"]
    assert len(hotspots) == 11
    assert sum(number(row["share of the time"]) for row in hotspots) == pytest.approx(100, abs=0.6)


@pytest.mark.slow(15)
@pytest.mark.xdist_group("keops")  # which compiles into one folder
def test_what_wants_a_gpu_runs_on_the_cpu() -> None:
    pytest.importorskip("mujoco_warp", reason="mujoco_warp is not installed (extra gpu)")
    output = output_of("benchmarks/gpu.py", "--device", "cpu", "--quick")
    ants, parity, searches, epoch = tables_of(output)
    assert {row["overflow"] for row in ants} == {"none"}
    assert [row["kept"] for row in parity] == ["yes"] * 4
    # Both search in float64 on the CPU in the end, as the tree does.
    assert all(number(row["distances of 50 against the tree's"]) < 1e-6 for row in searches if row["seconds"] != "-")
    # Eight parts, each rounded to a millisecond.
    assert sum(number(epoch[0][part]) for part in PARTS) == pytest.approx(number(epoch[0]["sum"]), abs=5e-3)
    assert "One PPO update of 4 x 3" in output
    assert re.search(r"CE / SAC [\d.]+\.$", output.strip())


# --- its instruments


@pytest.mark.slow(7)
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("-m", "benchmarks.gpu", "--device", "cuda:99"), "--device cuda:99: this machine has "),
        (("-m", "benchmarks.one_process", "--seeds", "1"), "--seeds 1 leaves nothing to share: use at least 2"),
        (("-m", "benchmarks.collaborative", "--rounds", "0"), "argument --rounds: must be at least 1, got 0"),
        (("-m", "benchmarks.peers", "--threads", "-1"), "argument --threads: must be at least 1, got -1"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_line(command: tuple[str, ...], words: str) -> None:
    run = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=600)
    assert run.returncode == 2 and words in run.stderr.splitlines()[-1]


@pytest.mark.slow(7)
@pytest.mark.parametrize(("option", "alone"), [("--game", "dqn"), ("--pixels", "drq")])
def test_backbones_stand_in_the_place_of_sac(option: str, alone: str) -> None:
    found = json.loads(output_of("-m", "benchmarks.collaborative", option, "--rounds", "3", "--no-memory"))
    assert list(found) == [alone, "replica", "ce", "ce / replica", f"ce / {alone}", f"replica / {alone}"]
    assert all(value > 0 for value in found.values())


def test_an_epochs_shares_sum_to_one() -> None:
    found = measure(heads=2, envs=10, horizon=3, threads=1, epochs=2, matrix_size=32)
    assert tuple(found["shares"]) == PARTS
    assert sum(found["shares"].values()) == pytest.approx(1, abs=1e-9)
    assert all(found["shares"][part] > 0 for part in PARTS)


def test_the_stopwatch_gives_each_part_its_own_time_alone() -> None:
    # A clock that moves by what each function takes: 3 s of policy inside of 5 s of storage, and 1 s outside of both.
    now = 0.0

    def pass_time(seconds: float) -> None:
        nonlocal now
        now += seconds

    watch = Stopwatch(lambda: now)
    policy = watch.timed("policy", lambda: pass_time(3.0))
    storage = watch.timed("storage", lambda: (pass_time(0.5), policy(), pass_time(1.5)))
    watch.start()
    storage()
    pass_time(1.0)
    assert watch.stop() == dict.fromkeys(PARTS, 0.0) | {"policy": 3.0, "storage": 2.0, "other": 1.0}


def test_a_part_that_fails_gives_the_time_back() -> None:
    now = iter(range(100))
    watch = Stopwatch(lambda: float(next(now)))
    with pytest.raises(ZeroDivisionError):
        watch.timed("update", lambda: 1 / 0)()
    # The clock shows 1 at the part's start, 2 at its end and 3 now.
    assert watch.stop() == dict.fromkeys(PARTS, 0.0) | {"update": 1.0, "other": 2.0}


def test_the_relative_speed_is_the_median_of_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    # Both take 1, 2, 3, ... seconds in turn: rounds of 1 and 2, 3 and 4, 5 and 6, 7 and 8 s; ours are 10 units, the peer's 5.
    # Ratios without the first round: 2 x 4/3, 2 x 6/5, 2 x 8/7.
    times = iter(second for length in range(1, 9) for second in (0.0, float(length)))
    monkeypatch.setattr("benchmarks.pairing.perf_counter", lambda: next(times))
    nothing = list
    assert relative_speed(Work(nothing, 10), Work(nothing, 5), rounds=3) == pytest.approx(2.4)


def test_the_peer_policy_is_ours_but_for_its_way_there() -> None:
    # grouped_policy compares the two and raises if they differ.
    ours, peer = grouped_policy(QUICK, threads=1, heads=4)
    assert (ours.units, peer.units) == (10, 1)


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [("1", percent(0.1234))]) == "| a | b |\n| --- | --- |\n| 1 | 12.3 % |"
