# K-Myriad from nothing to its figures: snakemake --cores all. The workflow itself is in workflow/.
include: "workflow/Snakefile"


# An included file's default target does not count.
rule default:
    default_target: True
    input:
        rules.all.input,
