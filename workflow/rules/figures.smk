# The paper's figures, each as PDF, PNG and the drawn numbers as CSV.
#
# REQUIRED INPUTS: {results}/pretrain/{environment}/heads{heads}/seed{seed}/metrics.csv and the checkpoints beside them
# OUTPUTS: {results}/figures/fig5.{pdf,png,csv}
FIGURES = [f"{RESULTS}/figures/fig5.pdf"]


rule fig5:
    message:
        "draw Fig. 5: state entropy against updates"
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
        settings=json.dumps(
            {
                "environments": LABELS,
                "note": f"{CONFIG.scale} scale: {CONFIG.pretrain.envs} environments x {CONFIG.pretrain.horizon} steps an epoch, "
                f"{len(CONFIG.seeds)} seeds; line: mean, band: 95 % t interval of the mean",
            }
        ),
    shell:
        "python -m kmyriad.stages.fig5 --metrics {input.metrics} --settings {params.settings:q} --pdf {output.pdf} > {log} 2>&1"
