"""K-Myriad's claims: what they rest on, and who judges them."""

from kmyriad.jobs.runs import BUDGETS, FINETUNED
from kmyriad.papers.claims import Evidence, Judge, of_runs
from kmyriad.papers.myriad.claims.coverage import judge_budgets, judge_noise, judge_updates
from kmyriad.papers.myriad.claims.jumpstart import judge_jumpstart, judge_reach
from kmyriad.papers.myriad.claims.paper import judge_divergence, judge_entropy
from kmyriad.papers.myriad.claims.scaling import judge_long_run
from kmyriad.papers.myriad.coverage_runs import read_trained

EVIDENCE = {
    "metrics": of_runs("metrics.csv of every pretraining run of Fig. 5"),
    "kl": of_runs("kl.csv of every run with several heads"),
    "budgets": of_runs("coverage.csv of every run of Fig. 6", BUDGETS),
    "trained": Evidence(
        "coverage.csv of every pretraining run of Fig. 5 and of the controls", lambda files, job: read_trained(files, job.update)
    ),
    "untrained": of_runs("coverage.csv of untrained policies"),
    "long": of_runs("metrics.csv of every run of Fig. 10"),
    "outside": of_runs("metrics.csv of every fine-tuning run of Fig. 7", FINETUNED),
    "inside": of_runs("metrics.csv of the fine-tuning runs to goals inside the radius", FINETUNED),
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
