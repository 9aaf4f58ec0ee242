# The paper's table, ours beside the paper's, as CSV, Markdown and LaTeX.
#
# REQUIRED INPUTS: {results}/diversity/{environment}/heads{heads}/seed{seed}/kl.csv
# OUTPUTS: {results}/tables/table1.{csv,md,tex}; absent where no run has several heads
SEVERAL = [heads for heads in CONFIG.heads if heads > 1]
TABLES = [f"{RESULTS}/tables/table1.csv"] if SEVERAL else []


rule table1:
    input:
        kl=expand(f"{RESULTS}/diversity/{RUN}/kl.csv", **{**RUNS, "heads": SEVERAL}),
    output:
        csv=reported("tables/table1.csv", "divergence of heads"),
        md=f"{RESULTS}/tables/table1.md",
        tex=f"{RESULTS}/tables/table1.tex",
    log:
        f"{RESULTS}/logs/table1.log",
    benchmark:
        f"{RESULTS}/benchmarks/table1.tsv"
    message:
        "table1: KL divergence between the heads"
    shell:
        "python -m kmyriad.stages.table1 --kl {input.kl} --csv {output.csv} > {log} 2>&1"
