# PPO to sparse goals (Section 7.2, Table 3), from the best of several random heads or of a pretrained policy's.
#
# REQUIRED INPUTS: {results}/checkpoints/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.safetensors
# OUTPUTS: {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv (git)
#          {results}/checkpoints/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.safetensors (DVC)


rule finetune:
    input:
        actor="<checkpoints>/select_head/{environment}/{init}/goal{goal}/seed{seed}/actor.safetensors",
        goals="<results>/goals/{environment}.json",
        model=model_files,
    output:
        policy="<checkpoints>/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.safetensors",
        sidecar="<checkpoints>/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.json",
        metrics="<results>/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv",
    log:
        "<logs>/finetune/{environment}/{init}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/finetune/{environment}/{init}/goal{goal}/seed{seed}.tsv"
    conda:
        ants_environment
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.finetune),
    message:
        "finetune: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.finetune --job {params.job:q} --actor {input.actor} --goals {input.goals}"
        " --policy {output.policy} --metrics {output.metrics} > {log} 2>&1"
