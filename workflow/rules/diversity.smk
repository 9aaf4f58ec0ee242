# Where the heads of each trained policy go, and how far apart they are.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
#                  {results}/checkpoints/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.safetensors (for Fig. 4)
# OUTPUTS: {results}/checkpoints/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors (DVC)
#          {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv (git; runs with several heads)


rule visit:
    input:
        policy="<checkpoints>/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors",
        model=model_files,
    output:
        particles="<checkpoints>/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors",
    log:
        "<logs>/visit/{environment}/heads{heads}/seed{seed}.log",
    benchmark:
        "<benchmarks>/visit/{environment}/heads{heads}/seed{seed}.tsv"
    conda:
        ants_environment
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.visit),
    message:
        "visit: {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.visit --job {params.job:q}"
        " --policy {input.policy} --particles {output.particles} > {log} 2>&1"


# The same for an actor that was fine-tuned to a goal.
use rule visit as visit_finetuned with:
    input:
        policy="<checkpoints>/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.safetensors",
        model=model_files,
    output:
        particles="<checkpoints>/visit_finetuned/{environment}/{init}/goal{goal}/seed{seed}/particles.safetensors",
    log:
        "<logs>/visit_finetuned/{environment}/{init}/goal{goal}/seed{seed}.log",
    benchmark:
        "<benchmarks>/visit_finetuned/{environment}/{init}/goal{goal}/seed{seed}.tsv"
    message:
        "visit_finetuned: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"


rule diversity:
    input:
        particles="<checkpoints>/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors",
    output:
        table="<results>/diversity/{environment}/heads{heads}/seed{seed}/kl.csv",
    log:
        "<logs>/diversity/{environment}/heads{heads}/seed{seed}.log",
    benchmark:
        "<benchmarks>/diversity/{environment}/heads{heads}/seed{seed}.tsv"
    conda:
        "../envs/main.yaml"
    threads: CONFIG.pretrain.threads
    params:
        job=settings_of(jobs.diversity),
    message:
        "diversity: KL between {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.diversity --job {params.job:q}"
        " --particles {input.particles} --table {output.table} > {log} 2>&1"
