"""The verdicts by the results that are there so far."""

import json
import shutil
from pathlib import Path

import pytest

from kmyriad.cli import main
from kmyriad.jobs.files import StageError
from kmyriad.pipeline.verdicts import verdicts
from tests.copies import ROOT

PGPSE = "results: results\nbeside: [pgpse]\n"


@pytest.mark.slow(4)
def test_all_results_give_the_table_of_the_rule_claims() -> None:
    head, table = verdicts(Path("config/config.yaml")).split("\n\n", 1)
    found, _, wanted, *_ = head.split()
    assert found == wanted
    assert table == (ROOT / "results/claims.md").read_text()


@pytest.mark.slow(3)
def test_a_part_of_the_results(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    # Of two runs in Empty, 1 head and 50, two seeds each; the lone run in Maze has nothing to be compared with.
    monkeypatch.chdir(checkout)
    for run in ("ant-empty/heads1/seed1", "ant-empty/heads1/seed56", "ant-empty/heads10/seed1", "ant-empty/heads10/seed56"):
        shutil.copytree(ROOT / "results/pretrain" / run, checkout / "results/pretrain" / run)
    shutil.copytree(ROOT / "results/pretrain/ant-maze/heads1/seed1", checkout / "results/pretrain/ant-maze/heads1/seed1")
    main(["verdicts"])
    shown = capsys.readouterr().out
    rows = {row["claim"]: row for row in json.loads((ROOT / "results/claims.json").read_text())}
    claim = "ant-empty: entropy with heads 1 above that with 10 (nats)"
    assert shown.startswith("5 of ")
    (line,) = (line for line in shown.splitlines() if line.startswith(f"| {claim}"))
    assert f"{rows[claim]['ours']:.3f} [{rows[claim]['low']:.3f}, {rows[claim]['high']:.3f}] | 2 | desk |" in line
    assert "50" not in "".join(line for line in shown.splitlines() if line.startswith("| ant-") and "not run" not in line)


@pytest.mark.slow(2)
def test_nothing_is_there(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    (checkout / "config/new.yaml").write_text("results: results/new\n")
    with pytest.raises(
        StageError, match="^none of the .* files that the claims rest on is in results/new: kmyriad run makes them$"
    ):
        verdicts(Path("config/new.yaml"))


def test_a_file_that_is_no_settings(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("heads: [1, 1")
    with pytest.raises(StageError, match="^while parsing"):
        verdicts(wrong)
    wrong.write_text("heeds: [1]")
    with pytest.raises(StageError, match="heeds"):
        verdicts(wrong)
