# Verdicts on the papers' claims: those of all papers that `all` makes in {results}/claims.md, one paper's in a table of its own.
#
# REQUIRED INPUTS: the evidence that kmyriad/papers/<paper>/results.py names
# OUTPUTS: {results}/claims.{json,md}, {results}/tables/{pgpse,ce}_claims.{json,md}

for name, path, title, papers in [
    ("claims", f"{RESULTS}/claims", TITLES["myriad"], CONFIG.papers),
    *((CLAIMS[paper], f"{RESULTS}/tables/{CLAIMS[paper]}", TITLES[paper], [paper]) for paper in CLAIMS),
]:

    rule:
        name:
            name
        input:
            [file for paper in papers for files in EVIDENCE[paper].values() for file in files],
        output:
            json=f"{path}.json",
            md=reported(f"{path}.md", "verdicts", title, name),
        log:
            f"<logs>/{name}.log",
        benchmark:
            f"<benchmarks>/{name}.tsv"
        conda:
            "../envs/main.yaml"
        params:
            job=jobs.claims(CONFIG).model_dump_json(),
            evidence=" ".join(
                f"--evidence {paper} {kind} {' '.join(files)}"
                for paper in papers
                for kind, files in EVIDENCE[paper].items()
                if files
            ),
        message:
            f"{name}: which of the papers' claims held"
        shell:
            "python -m kmyriad.papers.claims --job {params.job:q} {params.evidence} --output {output.json} > {log} 2>&1"
