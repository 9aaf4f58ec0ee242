"""kmyriad: populations of policies that together maximise the k-NN entropy of the states they visit (K-Myriad)."""

__version__ = "0.1.0"
