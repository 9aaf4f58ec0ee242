"""`kmyriad watch`: how far the jobs of a folder of results are, from the files that they write anyway."""
