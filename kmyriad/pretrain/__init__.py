"""Unsupervised pretraining: the K-Myriad loop and its objectives."""

from kmyriad.pretrain.loop import Pretraining

__all__ = ["Pretraining"]
