# One small file of numbers for `dvc metrics show` and `dvc metrics diff`.
#
# REQUIRED INPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv
#                  {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv
#                  {results}/finetune/{environment}/{init}/goal{goal}/seed{seed}/metrics.csv
# OUTPUTS: {results}/summary.json
TABLES += [f"{RESULTS}/summary.json"]


rule summary:
    input:
        metrics=expand(f"{RESULTS}/pretrain/{RUN}/metrics.csv", **RUNS),
        kl=expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
        outside=task_metrics(LABELS, CONFIG.jumpstart.inits, inside=False),
    output:
        json=f"{RESULTS}/summary.json",
    log:
        f"{RESULTS}/logs/summary.log",
    benchmark:
        f"{RESULTS}/benchmarks/summary.tsv"
    message:
        "summary: entropy, success and divergence for dvc metrics"
    shell:
        "python -m kmyriad.stages.summary --metrics {input.metrics} --kl {input.kl} --outside {input.outside}"
        " --json {output.json} > {log} 2>&1"
