# Figures, tables and films: a rule for each entry of kmyriad/papers/<paper>/results.py, and a target for each paper.
#
# REQUIRED INPUTS: what the rules above make; each entry names its files
# OUTPUTS: {results}/figures/*.{pdf,png,csv}, {results}/figures/walk.gif, {results}/tables/*.{csv,md,tex}, {results}/summary.json

for paper, made in RESULTS_OF.items():
    title = TITLES[paper]

    for result in made:

        rule:
            name:
                result.name
            input:
                unread=result.unread,
                drawn=result.inputs,
            output:
                **outputs(result, title),
            log:
                f"<logs>/{result.name}.log",
            benchmark:
                f"<benchmarks>/{result.name}.tsv"
            conda:
                "../envs/main.yaml"
            params:
                module=result.module,
                job=result.job.model_dump_json(),
                inputs="--inputs" if result.inputs else "",
                output=lambda wildcards, output: output[0],
            message:
                f"{result.name}: {result.shows}"
            shell:
                "python -m kmyriad.papers.{params.module} --job {params.job:q} {params.inputs} {input.drawn}"
                " --output {params.output} > {log} 2>&1"

    # The claims of K-Myriad stand with those of all papers in {results}/claims.md.
    rule:
        name:
            paper
        input:
            TARGETS[paper],
            f"<results>/tables/{CLAIMS[paper]}.json" if paper in CLAIMS else [],


# One small file of numbers for `dvc metrics show` and `dvc metrics diff`.
rule summary:
    input:
        metrics=EVIDENCE["myriad"]["metrics"],
        kl=EVIDENCE["myriad"]["kl"],
        outside=EVIDENCE["myriad"]["outside"],
    output:
        json="<results>/summary.json",
    log:
        "<logs>/summary.log",
    benchmark:
        "<benchmarks>/summary.tsv"
    conda:
        "../envs/main.yaml"
    message:
        "summary: entropy, success and divergence for dvc metrics"
    shell:
        "python -m kmyriad.papers.myriad.summary --metrics {input.metrics} --kl {input.kl} --outside {input.outside}"
        " --output {output.json} > {log} 2>&1"
