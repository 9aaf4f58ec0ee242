# Checked settings (CONFIG) and the paths that all rules share.
#
# REQUIRED INPUTS: the config of config/*.yaml, as Snakemake has merged it
# OUTPUTS: CONFIG, BESIDE, RUN (folder of one run), RUNS (all runs of Fig. 5), `reported`, and the constraints of the wildcards
import json
import re
import signal
import sys
from pathlib import Path

sys.path.insert(0, workflow.basedir)

from snakemake.exceptions import WorkflowError

from kmyriad.stages.configure import ConfigError, configure

try:
    CONFIG = configure(config)
except ConfigError as error:
    raise WorkflowError(str(error)) from None
# --config on the command line gives strings where a file gives numbers; from here on everything has its type.
config.update(CONFIG.model_dump(mode="json", exclude_unset=True))
validate(config, f"{workflow.basedir}/workflow/schemas/config.schema.json", set_default=False)

# Slurm sends a job's signals to all of its processes: SIGUSR1 to warn of the end of its time, SIGTERM to cancel it. Training
# ends its epoch and saves; Snakemake and the shell around it must wait for that, or Slurm kills it with them.
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
shell.prefix("set -euo pipefail; trap : TERM; ")

RESULTS = CONFIG.results
LABELS = [environment.label for environment in CONFIG.environments]
ANTS = [environment.label for environment in CONFIG.environments if environment.is_ant]
# The other papers' systems that `all` makes too: they are no part of somebody's own environments.
BESIDE = CONFIG.beside if ANTS else ()
# Labels of all pretraining runs, those included that Figs. 4, 6 and 10 alone need.
TRAININGS = CONFIG.trainings()
RUN = "{environment}/heads{heads}/seed{seed}"
RUNS = {"environment": LABELS, "heads": CONFIG.heads, "seed": CONFIG.seeds}


wildcard_constraints:
    environment="|".join(re.escape(label) for label in TRAININGS),
    heads=r"\d+",
    head=r"\d+",
    seed=r"\d+",
    goal=r"\d+",
    init=r"random|heads\d+|head\d+",


def reported(path, shows, category="K-Myriad", caption=None):
    """The result `path` as `snakemake --report` shows it: `caption` (default: its name) is a file of workflow/report."""
    name = Path(path).stem
    labels = {"result": name, "shows": shows, "file": Path(path).suffix[1:].upper()}
    return report(f"{RESULTS}/{path}", category=category, caption=f"../report/{caption or name}.rst", labels=labels)


def model_files(wildcards):
    """Files that the environment of a run is made from (mjcf: the model): a changed one makes the run out of date."""
    return [str(file) for file in CONFIG.environment(wildcards.environment).files]
