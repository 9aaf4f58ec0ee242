# Where the heads of each trained policy go, and how far apart they are.
#
# REQUIRED INPUTS: {results}/checkpoints/pretrain/{environment}/heads{heads}/seed{seed}/policy.safetensors
#                  {results}/checkpoints/finetune/{environment}/{init}/goal{goal}/seed{seed}/policy.safetensors (for Fig. 4)
# OUTPUTS: {results}/checkpoints/visit/{environment}/heads{heads}/seed{seed}/particles.safetensors (DVC)
#          {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv (git; runs with several heads)

from kmyriad.settings import DiversityJob, VisitJob


rule visit:
    input:
        policy=f"{RESULTS}/checkpoints/pretrain/{RUN}/policy.safetensors",
        model=model_files,
    output:
        particles=f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors",
    log:
        f"{RESULTS}/logs/visit/{RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/visit/{RUN}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=lambda wildcards: VisitJob(
            environment=CONFIG.environment(wildcards.environment),
            seed=int(wildcards.seed),
            envs=CONFIG.visits(wildcards.environment),
            horizon=TRAININGS[wildcards.environment].pretrain.horizon,
            threads=CONFIG.pretrain.threads,
        ).model_dump_json(),
    message:
        "visit: {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.visit --job {params.job:q}"
        " --policy {input.policy} --particles {output.particles} > {log} 2>&1"


# The same for an actor that was fine-tuned to a goal.
use rule visit as visit_finetuned with:
    input:
        policy=f"{RESULTS}/checkpoints/finetune/{TASK}/policy.safetensors",
        model=model_files,
    output:
        particles=f"{RESULTS}/checkpoints/visit_finetuned/{TASK}/particles.safetensors",
    log:
        f"{RESULTS}/logs/visit_finetuned/{TASK}.log",
    benchmark:
        f"{RESULTS}/benchmarks/visit_finetuned/{TASK}.tsv"
    message:
        "visit_finetuned: {wildcards.init} in {wildcards.environment}, goal {wildcards.goal}, seed {wildcards.seed}"


rule diversity:
    input:
        particles=f"{RESULTS}/checkpoints/visit/{RUN}/particles.safetensors",
    output:
        table=f"{RESULTS}/diversity/{RUN}/kl.csv",
    log:
        f"{RESULTS}/logs/diversity/{RUN}.log",
    benchmark:
        f"{RESULTS}/benchmarks/diversity/{RUN}.tsv"
    threads: CONFIG.pretrain.threads
    params:
        job=DiversityJob(k=CONFIG.diversity.k, threads=CONFIG.pretrain.threads).model_dump_json(),
    message:
        "diversity: KL between {wildcards.heads} heads in {wildcards.environment}, seed {wildcards.seed}"
    shell:
        "python -m kmyriad.stages.diversity --job {params.job:q}"
        " --particles {input.particles} --table {output.table} > {log} 2>&1"
