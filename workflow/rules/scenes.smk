# What the paper shows of the simulation itself, made where there are ants among the environments.
#
# REQUIRED INPUTS: {results}/checkpoints/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors,
#                  {results}/checkpoints/visit_finetuned/{environment}/{init}/goal{goal}/seed{seed}/particles.safetensors,
#                  {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv, {results}/goals/{environment}.json
#                  {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
# OUTPUTS: {results}/figures/{fig4,fig9}.{pdf,png,csv}, {results}/figures/walk.gif (fig9 and walk need OpenGL)
from kmyriad.settings import Fig4Job, SceneJob, WalkJob

if ANTS:
    FIGURES += [f"{RESULTS}/figures/{name}" for name in ("fig4.pdf", "fig9.pdf", "walk.gif")]
FIG4_RUN = {"environment": CONFIG.fig4.environment.label, "seed": CONFIG.fig4.seed}
FIG4_TASKS = {
    **FIG4_RUN,
    "init": [f"head{head}" for head in range(CONFIG.fig4.heads)],
    "goal": range(len(CONFIG.fig4.goals)),
}


rule fig4:
    input:
        pretrained=expand(f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors", **FIG4_RUN, heads=CONFIG.fig4.heads),
        finetuned=expand(f"{RESULTS}/checkpoints/visit_finetuned/{TASK}/particles.safetensors", **FIG4_TASKS),
        metrics=expand(f"{RESULTS}/finetune/{TASK}/metrics.csv", **FIG4_TASKS),
        goals=f"{RESULTS}/goals/{CONFIG.fig4.environment.label}.json",
    output:
        pdf=f"{RESULTS}/figures/fig4.pdf",
        png=reported("figures/fig4.png", "two heads in a point maze"),
        csv=f"{RESULTS}/figures/fig4.csv",
    log:
        f"{RESULTS}/logs/fig4.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig4.tsv"
    params:
        job=Fig4Job(
            environment=CONFIG.fig4.environment,
            note=f"{CONFIG.fig4.pretrain.horizon} steps, seed {CONFIG.fig4.seed}; {CONFIG.diversity.envs // CONFIG.fig4.heads} "
            f"trajectories a head before PPO, {CONFIG.diversity.envs} after",
        ).model_dump_json(),
    message:
        "fig4: two heads in a point maze, before and after PPO"
    shell:
        "python -m kmyriad.stages.fig4 --job {params.job:q} --pretrained {input.pretrained} --finetuned {input.finetuned}"
        " --metrics {input.metrics} --goals {input.goals} --pdf {output.pdf} > {log} 2>&1"


rule fig9:
    output:
        pdf=f"{RESULTS}/figures/fig9.pdf",
        png=reported("figures/fig9.png", "terrains"),
        csv=f"{RESULTS}/figures/fig9.csv",
    log:
        f"{RESULTS}/logs/fig9.log",
    benchmark:
        f"{RESULTS}/benchmarks/fig9.tsv"
    params:
        job=lambda wildcards: SceneJob(
            environments=[CONFIG.environment(label) for label in ANTS],
            note="squares of 1 m; colours give the height of a box's top",
        ).model_dump_json(),
    message:
        "fig9: pictures of the terrains"
    shell:
        "python -m kmyriad.stages.fig9 --job {params.job:q} --pdf {output.pdf} > {log} 2>&1"


# One ant for each head of the policy that Fig. 8 shows first.
rule walk:
    input:
        policy=expand(
            f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors",
            environment=ANTS[:1],
            heads=FIG8_HEADS,
            seed=CONFIG.seeds[0],
        ),
    output:
        gif=reported("figures/walk.gif", "heads walking"),
    log:
        f"{RESULTS}/logs/walk.log",
    benchmark:
        f"{RESULTS}/benchmarks/walk.tsv"
    threads: CONFIG.pretrain.threads
    params:
        # Eight seconds: longer ones do not fit into a megabyte.
        job=lambda wildcards: WalkJob(
            environment=CONFIG.environment(ANTS[0]),
            seed=CONFIG.seeds[0],
            horizon=min(CONFIG.pretrain.horizon, 100),
            threads=CONFIG.pretrain.threads,
        ).model_dump_json(),
    message:
        "walk: one ant for each of {FIG8_HEADS} heads"
    shell:
        "python -m kmyriad.stages.walk --job {params.job:q} --policy {input.policy} --gif {output.gif} > {log} 2>&1"
