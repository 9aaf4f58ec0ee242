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
            finetune=CONFIG.jumpstart.finetune_from(wildcards.init),
            checkpoint_seconds=CONFIG.pretrain.checkpoint_seconds,
            threads=CONFIG.pretrain.threads,
        ).model_dump_json(),
    message:
        "finetune: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.finetune --job {params.job:q} --actor {input.actor} --goals {input.goals}"
        " --policy {output.policy} --metrics {output.metrics} > {log} 2>&1"


# An ant has several goals; an environment with a reward of its own has that one task.
TASK_METRICS = [
    f"{RESULTS}/finetune/{environment.label}/{init}/goal{goal}/seed{seed}/metrics.csv"
    for environment in CONFIG.environments
    for init in CONFIG.jumpstart.inits
    for goal in range(CONFIG.jumpstart.goals.count if environment.name.startswith("ant-") else 1)
    for seed in CONFIG.seeds
]
