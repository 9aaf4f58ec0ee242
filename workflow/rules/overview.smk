# The film, the verdicts and the tables on one page, for the report: a browser shows no Markdown, and the report plays no film by itself.
#
# REQUIRED INPUTS: {results}/claims.md, and the tables and films of the papers that `all` makes
# OUTPUTS: {results}/overview.html (not in git: all of it is there in other files)


rule overview:
    input:
        films=[file for paper in CONFIG.papers for file in TARGETS[paper] if file.endswith(".gif")],
        claims=f"{RESULTS}/claims.md",
        tables=[
            result.outputs(RESULTS)["md"] for paper in CONFIG.papers for result in RESULTS_OF[paper] if result.kind == "table"
        ],
    output:
        html=reported(f"{RESULTS}/overview.html", "film, verdicts and tables", "Overview", "overview"),
    log:
        "<logs>/overview.log",
    benchmark:
        "<benchmarks>/overview.tsv"
    conda:
        "../envs/main.yaml"
    message:
        "overview: film, verdicts and tables on one page"
    shell:
        "python -m kmyriad.papers.overview --inputs {input} --output {output.html} > {log} 2>&1"
