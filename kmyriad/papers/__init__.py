"""One folder a paper: its figures, tables, claims (`verdicts`), and which of them the workflow makes (`results`)."""

PAPERS = ("myriad", "pgpse", "collaborative", "side_by_side")
