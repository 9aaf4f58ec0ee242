# The paper's figures, each as PDF, PNG and the drawn numbers as CSV.
#
# REQUIRED INPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv, the checkpoints of the same runs,
#                  {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv,
#                  {results}/checkpoints/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors
# OUTPUTS: {results}/figures/{fig5,fig7,fig8,fig13}.{pdf,png,csv} (8 and 13 for environments with two features or more)
# Maps need two features, taken as x and y.
MAPPED = [environment.label for environment in CONFIG.environments if len(environment.features) > 1]
FIGURES = [f"{RESULTS}/figures/{figure}.pdf" for figure in ("fig5", "fig7", *(("fig8", "fig13") if MAPPED else ()))]
# Fig. 8 shows one policy an environment: 10 heads as in the paper, else the run with most heads; the first seed.
FIG8_HEADS = 10 if 10 in CONFIG.heads else max(CONFIG.heads)


def figure_job(note, labels=LABELS):
    job = {"environments": labels, "note": f"{CONFIG.scale} scale: {note}", "extent": CONFIG.diversity.extent}
    return json.dumps(job)


rule fig5:
    input:
        metrics=expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", **RUNS),
        # Not read: git holds the metrics but not the policies, so a fresh clone trains, and one with `dvc pull` does not.
        policies=expand(f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors", **RUNS),
    output:
        pdf=f"{RESULTS}/figures/fig5.pdf",
        png=report(f"{RESULTS}/figures/fig5.png", category="K-Myriad", caption="../report/fig5.rst"),
        csv=report(f"{RESULTS}/figures/fig5.csv", category="K-Myriad", caption="../report/fig5.rst"),
    log:
        f"{RESULTS}/logs/fig5.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig5.tsv"
    params:
        job=figure_job(
            f"{CONFIG.pretrain.envs} environments x {CONFIG.pretrain.horizon} steps an epoch, {len(CONFIG.seeds)} seeds; "
            "line: mean, band: 95 % t interval of the mean"
        ),
    message:
        "fig5: state entropy against updates"
    shell:
        "python -m kmyriad.stages.fig5 --job {params.job:q} --metrics {input.metrics} --pdf {output.pdf} > {log} 2>&1"


rule fig7:
    input:
        metrics=TASK_METRICS,
    output:
        pdf=f"{RESULTS}/figures/fig7.pdf",
        png=report(f"{RESULTS}/figures/fig7.png", category="K-Myriad", caption="../report/fig7.rst"),
        csv=report(f"{RESULTS}/figures/fig7.csv", category="K-Myriad", caption="../report/fig7.rst"),
    log:
        f"{RESULTS}/logs/fig7.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig7.tsv"
    params:
        job=figure_job(
            f"{CONFIG.jumpstart.finetune.envs} environments x {CONFIG.jumpstart.finetune.horizon} steps an update, "
            f"{len(CONFIG.seeds)} seeds and {CONFIG.jumpstart.goals.count} goals {CONFIG.jumpstart.goals.inner:g} to "
            f"{CONFIG.jumpstart.goals.outer:g} m away; line: mean, band: 95 % t interval of the mean"
        ),
    message:
        "fig7: success of PPO against updates"
    shell:
        "python -m kmyriad.stages.fig7 --job {params.job:q} --metrics {input.metrics} --pdf {output.pdf} > {log} 2>&1"


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
        png=report(f"{RESULTS}/figures/fig8.png", category="K-Myriad", caption="../report/fig8.rst"),
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
        "python -m kmyriad.stages.fig8 --job {params.job:q} --particles {input.particles} --pdf {output.pdf} > {log} 2>&1"


rule fig13:
    input:
        particles=expand(f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors", **{**RUNS, "environment": MAPPED}),
    output:
        pdf=f"{RESULTS}/figures/fig13.pdf",
        png=report(f"{RESULTS}/figures/fig13.png", category="K-Myriad", caption="../report/fig13.rst"),
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
        "python -m kmyriad.stages.fig13 --job {params.job:q} --particles {input.particles} --pdf {output.pdf} > {log} 2>&1"
