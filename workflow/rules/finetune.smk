# PPO to sparse goals (Section 7.2, Table 3), from the best of several random heads or of a pretrained policy's.
#
# REQUIRED INPUTS: {results}/checkpoints/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.safetensors
# OUTPUTS: {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv (git)
#          {results}/checkpoints/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.safetensors (DVC)
from kmyriad.settings import FinetuneJob


rule finetune:
    input:
        actor=f"{RESULTS}/checkpoints/select_head/{TASK}/actor.safetensors",
        goals=f"{RESULTS}/goals/{{environment}}.json",
        model=model_files,
    output:
        policy=f"{RESULTS}/checkpoints/finetune/{TASK}/policy.safetensors",
        sidecar=f"{RESULTS}/checkpoints/finetune/{TASK}/policy.json",
        metrics=f"{RESULTS}/finetune/{TASK}/metrics.csv",
    log:
        f"{RESULTS}/logs/finetune/{TASK}.log",
    benchmark:
        f"{RESULTS}/benchmarks/finetune/{TASK}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=lambda wildcards: FinetuneJob(
            environment=CONFIG.environment(wildcards.environment),
            goal=int(wildcards.goal),
            seed=int(wildcards.seed),
            finetune=CONFIG.finetune(wildcards.environment, wildcards.init),
            checkpoint_seconds=CONFIG.pretrain.checkpoint_seconds,
            threads=CONFIG.pretrain.threads,
        ).model_dump_json(),
    message:
        "finetune: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.finetune --job {params.job:q} --actor {input.actor} --goals {input.goals}"
        " --policy {output.policy} --metrics {output.metrics} > {log} 2>&1"


def task_metrics(environments, inits, inside):
    """Metrics of the runs to the goals outside (or inside) the radius; a reward of one's own is the one task of an environment."""
    return [
        f"{RESULTS}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv"
        for environment in environments
        for init in inits
        for goal in CONFIG.tasks(CONFIG.environment(environment), inside)
        for seed in CONFIG.seeds
    ]
