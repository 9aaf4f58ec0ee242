# The paper's figures, each as PDF, PNG and the drawn numbers as CSV.
#
# REQUIRED INPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv, the checkpoints of the same runs,
#                  {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv, {results}/goals/{environment}.json,
#                  {results}/coverage_trained/{environment}/heads{heads}/seed{seed}/coverage.csv, and coverage_untrained
#                  {results}/checkpoints/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors
# OUTPUTS: {results}/figures/{coverage,fig5,fig6,fig7,fig8,fig10,fig11,fig12,fig13}.{pdf,png,csv}; Figs. 6 and 10 where their environment is among ours,
#          11 and 12 where there are ants, maps (8, 13) for environments with two features or more
from kmyriad.settings import CoverageFigureJob, GoalMapsJob

# Maps need two features, taken as x and y.
MAPPED = [environment.label for environment in CONFIG.environments if len(environment.features) > 1]
# Fig. 8 shows one policy an environment: 10 heads as in the paper, else the run with most heads; the first seed.
FIG8_HEADS = 10 if 10 in CONFIG.heads else max(CONFIG.heads)
# Fig. 11 is about the first ant (Empty), Fig. 12 about the others.
GOAL_MAPS = {"fig11": ANTS[:1], "fig12": ANTS[1:]} if "random" in CONFIG.jumpstart.inits else {}
SPREAD = "both seeds" if len(CONFIG.seeds) == 2 else "95 % t interval of the mean"
BUDGETS = [CONFIG.fig6.label(envs) for envs in CONFIG.fig6.envs]
FIG6_RUNS = {"environment": BUDGETS, "heads": CONFIG.fig6.heads, "seed": CONFIG.seeds}
CONTROLS = [CONFIG.control.label(environment, CONFIG.pretrain) for environment in CONFIG.controlled]
CONTROL_RUNS = {**RUNS, "environment": CONTROLS}
COVERED = expand(f"{RESULTS}/coverage_trained/{RUN}/coverage.csv", **{**RUNS, "environment": LABELS + CONTROLS})
UNTRAINED = expand(f"{RESULTS}/coverage_untrained/{RUN}/coverage.csv", **RUNS)
FIG10_RUNS = {"environment": CONFIG.fig10.label, "heads": CONFIG.fig10.heads, "seed": CONFIG.seeds}
MADE = {
    "fig5": LABELS,
    "fig6": BUDGETS[0] in TRAININGS,
    "coverage": LABELS,
    "fig7": LABELS,
    "fig8": MAPPED,
    "fig10": CONFIG.fig10.label in TRAININGS,
    **GOAL_MAPS,
    "fig13": MAPPED,
}
FIGURES = [f"{RESULTS}/figures/{figure}.pdf" for figure, subject in MADE.items() if subject]


def figure_job(note, labels=LABELS):
    job = {"environments": labels, "note": f"{CONFIG.scale} scale: {note}", "extent": CONFIG.diversity.extent}
    return json.dumps(job)


def pretrain_metrics(**wildcards):
    """Metrics of pretraining runs, and their policies.

    The policies are not read: git holds the metrics but not the policies, so a fresh clone trains, and one with `dvc pull`
    does not.
    """
    return {
        "metrics": expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", **wildcards),
        "policies": expand(f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors", **wildcards),
    }


rule fig5:
    input:
        **pretrain_metrics(**{**RUNS, "environment": LABELS + CONTROLS}),
        untrained=UNTRAINED,
    output:
        pdf=f"{RESULTS}/figures/fig5.pdf",
        png=reported("figures/fig5.png", "state entropy"),
        csv=reported("figures/fig5.csv", "state entropy"),
    log:
        f"{RESULTS}/logs/fig5.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig5.tsv"
    params:
        job=figure_job(
            f"{CONFIG.pretrain.envs} environments x {CONFIG.pretrain.horizon} steps an epoch, {len(CONFIG.seeds)} seeds; "
            f"line: mean, band: {SPREAD}; "
            "dotted: untrained policies at the best noise and number of heads, in batches of the same size"
        ),
    message:
        "fig5: state entropy and noise against epochs"
    shell:
        "python -m kmyriad.stages.fig5 --job {params.job:q} --inputs {input.metrics} {input.untrained}"
        " --pdf {output.pdf} > {log} 2>&1"


rule coverage:
    input:
        trained=COVERED,
        untrained=UNTRAINED,
    output:
        pdf=f"{RESULTS}/figures/coverage.pdf",
        png=reported("figures/coverage.png", "trained policies and noise"),
        csv=reported("figures/coverage.csv", "trained policies and noise"),
    log:
        f"{RESULTS}/logs/coverage.log",
    benchmark:
        f"{RESULTS}/benchmarks/coverage.tsv"
    params:
        job=CoverageFigureJob(
            environments=LABELS,
            note=f"{CONFIG.scale} scale: {CONFIG.coverage.envs} trajectories of {CONFIG.pretrain.horizon} steps for every number "
            f"of heads, {len(CONFIG.seeds)} seeds; lines: untrained policies, markers: trained ones with {SPREAD}",
            update=CONFIG.pretrain.update,
        ).model_dump_json(),
    message:
        "coverage: trained policies beside untrained noise"
    shell:
        "python -m kmyriad.stages.coverage --job {params.job:q} --inputs {input} --pdf {output.pdf} > {log} 2>&1"


rule fig6:
    input:
        **pretrain_metrics(**FIG6_RUNS),
        coverage=expand(f"{RESULTS}/coverage_trained/{RUN}/coverage.csv", **FIG6_RUNS),
    output:
        pdf=f"{RESULTS}/figures/fig6.pdf",
        png=reported("figures/fig6.png", "trajectories an update"),
        csv=reported("figures/fig6.csv", "trajectories an update"),
    log:
        f"{RESULTS}/logs/fig6.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig6.tsv"
    params:
        job=figure_job(
            f"{CONFIG.fig6.heads} heads, {CONFIG.pretrain.horizon} steps, {len(CONFIG.seeds)} seeds; mean and {SPREAD}",
            [CONFIG.fig6.environment],
        ),
    message:
        "fig6: state entropy against updates by number of trajectories"
    shell:
        "python -m kmyriad.stages.fig6 --job {params.job:q} --inputs {input.metrics} {input.coverage} --pdf {output.pdf} > {log} 2>&1"


rule fig7:
    input:
        metrics=task_metrics(LABELS, CONFIG.jumpstart.inits, inside=False),
    output:
        pdf=f"{RESULTS}/figures/fig7.pdf",
        png=reported("figures/fig7.png", "success of PPO"),
        csv=reported("figures/fig7.csv", "success of PPO"),
    log:
        f"{RESULTS}/logs/fig7.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig7.tsv"
    params:
        job=figure_job(
            f"{CONFIG.jumpstart.finetune.envs} environments x {CONFIG.jumpstart.finetune.horizon} steps an update, "
            f"{len(CONFIG.seeds)} seeds and {CONFIG.jumpstart.goals.number} goals {CONFIG.jumpstart.goals.inner:g} to "
            f"{CONFIG.jumpstart.goals.outer:g} m away; line: mean, band: {SPREAD}"
        ),
    message:
        "fig7: success of PPO against updates"
    shell:
        "python -m kmyriad.stages.fig7 --job {params.job:q} --inputs {input.metrics} --pdf {output.pdf} > {log} 2>&1"


rule fig8:
    input:
        particles=expand(
            f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors",
            environment=MAPPED,
            heads=FIG8_HEADS,
            seed=CONFIG.seeds[0],
        ),
    output:
        pdf=f"{RESULTS}/figures/fig8.pdf",
        png=reported("figures/fig8.png", "positions by head"),
        csv=f"{RESULTS}/figures/fig8.csv",
    log:
        f"{RESULTS}/logs/fig8.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig8.tsv"
    params:
        job=figure_job(f"{FIG8_HEADS} heads, {CONFIG.diversity.envs} trajectories of {CONFIG.pretrain.horizon} steps", MAPPED),
    message:
        "fig8: positions by head"
    shell:
        "python -m kmyriad.stages.fig8 --job {params.job:q} --inputs {input.particles} --pdf {output.pdf} > {log} 2>&1"


rule fig10:
    input:
        **pretrain_metrics(**FIG10_RUNS),
    output:
        pdf=f"{RESULTS}/figures/fig10.pdf",
        png=reported("figures/fig10.png", "long run"),
        csv=reported("figures/fig10.csv", "long run"),
    log:
        f"{RESULTS}/logs/fig10.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig10.tsv"
    params:
        job=figure_job(
            f"{CONFIG.pretrain.envs} environments x {CONFIG.pretrain.horizon} steps, {len(CONFIG.seeds)} seeds; "
            f"mean and {SPREAD}",
            [CONFIG.fig10.label],
        ),
    message:
        "fig10: state entropy against updates over a long run"
    shell:
        "python -m kmyriad.stages.fig10 --job {params.job:q} --inputs {input.metrics} --pdf {output.pdf} > {log} 2>&1"


# Figs. 11 and 12.
rule goal_maps:
    input:
        goals=lambda wildcards: expand(f"{RESULTS}/goals/{{environment}}.json", environment=GOAL_MAPS[wildcards.figure]),
        outside=lambda wildcards: task_metrics(GOAL_MAPS[wildcards.figure], ["random"], inside=False),
        inside=lambda wildcards: task_metrics(GOAL_MAPS[wildcards.figure], ["random"], inside=True),
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        png=reported("figures/{figure}.png", "goals and success", caption="goal_maps"),
        csv=f"{RESULTS}/figures/{{figure}}.csv",
    log:
        f"{RESULTS}/logs/goal_maps/{{figure}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/goal_maps/{{figure}}.tsv"
    wildcard_constraints:
        figure="fig11|fig12",
    params:
        job=lambda wildcards: GoalMapsJob(
            environments=[CONFIG.environment(label) for label in GOAL_MAPS[wildcards.figure]],
            radius=CONFIG.jumpstart.goals.inner,
            note=f"{CONFIG.scale} scale: PPO from the best of {CONFIG.jumpstart.random_heads} random heads, "
            f"{len(CONFIG.seeds)} seeds; dashed: {CONFIG.jumpstart.goals.inner:g} m; line: median, band: quartiles",
        ).model_dump_json(),
    message:
        "{wildcards.figure}: goals, and PPO without pretraining"
    shell:
        "python -m kmyriad.stages.goal_maps --job {params.job:q} --inputs {input} --pdf {output.pdf} > {log} 2>&1"


rule fig13:
    input:
        particles=expand(f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors", **{**RUNS, "environment": MAPPED}),
    output:
        pdf=f"{RESULTS}/figures/fig13.pdf",
        png=reported("figures/fig13.png", "visits"),
        csv=f"{RESULTS}/figures/fig13.csv",
    log:
        f"{RESULTS}/logs/fig13.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig13.tsv"
    params:
        job=figure_job(f"{CONFIG.diversity.envs} trajectories of {CONFIG.pretrain.horizon} steps, all seeds", MAPPED),
    message:
        "fig13: heat maps of the visits"
    shell:
        "python -m kmyriad.stages.fig13 --job {params.job:q} --inputs {input.particles} --pdf {output.pdf} > {log} 2>&1"
