"""The comparison's claims: what they rest on, and who judges them."""

from kmyriad.papers.claims import Judge, of_runs
from kmyriad.papers.side_by_side.claims import CONTINUED, judge_measures, judge_starts
from kmyriad.papers.side_by_side.runs import SENT, TRAINED

EVIDENCE = {
    "measures": of_runs("measures.csv of every run", TRAINED),
    "sent": of_runs("metrics.csv of every run of PPO", SENT),
    "continued": of_runs("metrics.csv of every soft actor-critic to a goal", SENT),
}
JUDGES = (
    Judge(("measures",), lambda measures, job: judge_measures(measures)),
    Judge(("sent",), lambda sent, job: judge_starts(sent)),
    Judge(("continued",), lambda continued, job: judge_starts(continued, CONTINUED)),
)
