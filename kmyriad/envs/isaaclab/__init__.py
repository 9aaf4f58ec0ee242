"""The Ant as an Isaac Lab task (Appendix A of the paper), one file for each part of a manager-based environment.

These modules import Isaac Lab at their top, which needs Isaac Sim's application running: only
`kmyriad.envs.isaaclab_backend` imports them, once it has started it.
"""
