"""K-Myriad's claims: what they rest on, and who judges them."""

import pandas as pd

from kmyriad.jobs.runs import BUDGETS, FINETUNED, read_tables
from kmyriad.papers.claims import Evidence, Judge
from kmyriad.papers.myriad.claims.coverage import judge_budgets, judge_noise, judge_updates
from kmyriad.papers.myriad.claims.jumpstart import judge_jumpstart, judge_reach
from kmyriad.papers.myriad.claims.paper import judge_divergence, judge_entropy
from kmyriad.papers.myriad.claims.scaling import judge_long_run
from kmyriad.papers.myriad.coverage_runs import read_trained
from kmyriad.settings import ClaimsJob


def _runs(files: list[str], job: ClaimsJob) -> pd.DataFrame:
    return read_tables(files)


def _tasks(files: list[str], job: ClaimsJob) -> pd.DataFrame:
    return read_tables(files, FINETUNED)


EVIDENCE = {
    "metrics": Evidence("metrics.csv of every pretraining run of Fig. 5", _runs),
    "kl": Evidence("kl.csv of every run with several heads", _runs),
    "budgets": Evidence("coverage.csv of every run of Fig. 6", lambda files, job: read_tables(files, BUDGETS)),
    "trained": Evidence(
        "coverage.csv of every pretraining run of Fig. 5 and of the controls", lambda files, job: read_trained(files, job.update)
    ),
    "untrained": Evidence("coverage.csv of untrained policies", _runs),
    "long": Evidence("metrics.csv of every run of Fig. 10", _runs),
    "outside": Evidence("metrics.csv of every fine-tuning run of Fig. 7", _tasks),
    "inside": Evidence("metrics.csv of the fine-tuning runs to goals inside the radius", _tasks),
}
JUDGES = (
    Judge(("metrics",), lambda metrics, job: judge_entropy(metrics)),
    Judge(("budgets",), lambda budgets, job: judge_budgets(budgets)),
    Judge(("trained", "untrained"), lambda trained, untrained, job: judge_noise(trained, untrained)),
    Judge(("trained",), lambda trained, job: judge_updates(trained)),
    Judge(("long",), lambda metrics, job: judge_long_run(metrics, job.epochs)),
    Judge(("kl",), lambda kl, job: judge_divergence(kl)),
    Judge(("outside",), lambda outside, job: judge_jumpstart(outside)),
    Judge(("outside", "inside"), lambda outside, inside, job: judge_reach(outside, inside)),
)
