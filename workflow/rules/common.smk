# Checked settings and what all rules share.
#
# REQUIRED INPUTS: the config of config/*.yaml, as Snakemake has merged it
# OUTPUTS: CONFIG, TRAININGS, and by paper RESULTS_OF, EVIDENCE, TARGETS; the constraints of the wildcards, the short names of paths in <>, and
#          settings_of, files_of, reported, ants_environment
import os
import re
import signal
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(str(workflow.current_basedir)).parents[1]
sys.path.insert(0, str(ROOT))

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from kmyriad.papers import PAPERS
from kmyriad.papers.result import REPORTED
from kmyriad.pipeline import jobs, side_jobs
from kmyriad.pipeline.configure import configure
from kmyriad.settings.errors import ConfigError
from kmyriad.settings.gridworld import ARMS, label_of
from kmyriad.settings.tracking import VARIABLE

try:
    # A job's own Snakemake, as on a cluster, is given what the main one has checked.
    CONFIG = configure(config, again=not workflow.is_main_process)
except ConfigError as error:
    raise WorkflowError(str(error)) from None
# --config on the command line gives strings where a file gives numbers; from here on everything has its type.
config.update(CONFIG.model_dump(mode="json", exclude_unset=True))
validate(config, str(ROOT / "workflow/schemas/config.schema.json"), set_default=False)

# Slurm sends a job's signals to all of its processes: SIGUSR1 to warn of the end of its time, SIGTERM to cancel it. Training
# ends its epoch and saves; Snakemake and the shell around it must wait for that, or Slurm kills it with them.
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
shell.prefix("set -euo pipefail; trap : TERM; ")

# Jobs learn from the environment where their metrics also go: as a parameter it would make Snakemake train everything anew.
os.environ[VARIABLE] = CONFIG.tracking.model_dump_json()

RESULTS = CONFIG.results
# What all pretraining runs are, by the label in their paths: those included that Figs. 4, 6 and 10 alone need.
TRAININGS = CONFIG.trainings()
# Figures, tables and films of each paper, one rule each, the files that its target asks for, and what its claims rest on.
RECIPES = {paper: import_module(f"kmyriad.papers.{paper}.results") for paper in PAPERS}
TITLES = {paper: recipe.TITLE for paper, recipe in RECIPES.items()}
RESULTS_OF = {paper: recipe.results(CONFIG) for paper, recipe in RECIPES.items()}
EVIDENCE = {paper: recipe.evidence(CONFIG) for paper, recipe in RECIPES.items()}
TARGETS = {paper: [next(iter(each.outputs(RESULTS).values())) for each in made] for paper, made in RESULTS_OF.items()}
# Rules, files and captions of the verdicts on one paper alone.
CLAIMS = {paper: recipe.CLAIMS for paper, recipe in RECIPES.items() if recipe.CLAIMS}


pathvars:
    results=RESULTS,
    checkpoints=f"{RESULTS}/checkpoints",
    logs=f"{RESULTS}/logs",
    benchmarks=f"{RESULTS}/benchmarks",


wildcard_constraints:
    environment="|".join(map(re.escape, TRAININGS)),
    heads=r"\d+",
    head=r"\d+",
    seed=r"\d+",
    goal=r"\d+",
    init=r"random|heads\d+|head\d+",
    world="|".join(re.escape(label_of(world)) for world in CONFIG.gridworld.worlds),
    variant="|".join(map(re.escape, CONFIG.gridworld.variants)),
    agents=r"\d+",
    arm="|".join(ARMS),
    task="|".join({re.escape(task): None for task, _ in CONFIG.collaborative.entries()}),
    name="|".join(re.escape(entry.name) for entry in CONFIG.hung()) or "(?!)",
    place="|".join(map(re.escape, CONFIG.side_by_side.places)) or "(?!)",
    method="|".join(CONFIG.side_by_side.methods),
    ce_arm="|".join({re.escape(arm): None for _, arm in CONFIG.collaborative.entries()}),


def settings_of(job):
    """The settings of a rule's job by its wildcards, as JSON; `job` is a function of kmyriad.pipeline.jobs or side_jobs."""
    return lambda wildcards: job(CONFIG, **wildcards).model_dump_json()


def model_files(wildcards):
    """Files that the environment of a run is made from: a changed one makes the run out of date."""
    return jobs.model_files(CONFIG, wildcards.environment)


def map_files(wildcards):
    """The file that a grid world is drawn in."""
    return jobs.map_files(CONFIG, wildcards.world)


def initial_policy(wildcards):
    """The policy whose best head PPO starts from."""
    folder = jobs.initial_policy(wildcards.init)
    return f"{RESULTS}/checkpoints/{folder}/seed{{seed}}/policy.safetensors".format(**wildcards)


def gallery_policy(wildcards):
    """The policy that a file of the gallery is taken from."""
    return f"{RESULTS}/checkpoints/{CONFIG.gallery.named(wildcards.name).run}/policy.safetensors"


def gallery_goals(wildcards):
    """The goals of the environment, for an actor after PPO."""
    entry = CONFIG.gallery.named(wildcards.name)
    return f"{RESULTS}/goals/{entry.environment}.json" if entry.init else []


def ants_environment(wildcards):
    """The software of jobs that move ants, with --sdm conda: Isaac Lab's pins contradict the workflow's."""
    backend = CONFIG.environment(wildcards.environment).backend
    return str(ROOT / f"workflow/envs/{'isaaclab' if backend == 'isaaclab' else 'main'}.yaml")


def reported(path, shows, category, caption):
    """The result `path` as `snakemake --report` shows it; `caption` is the name of a file of workflow/report."""
    labels = {"result": Path(path).stem, "shows": shows, "file": Path(path).suffix[1:].upper()}
    return report(path, category=category, caption=str(ROOT / f"workflow/report/{caption}.rst"), labels=labels)


def outputs(result, category):
    """The files of a paper's result, by their formats; those that the report shows are marked."""
    files = result.outputs(RESULTS)
    caption = result.caption or result.name
    shown = REPORTED[result.kind]
    return {form: reported(file, result.shows, category, caption) if form in shown else file for form, file in files.items()}
