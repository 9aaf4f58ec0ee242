"""One protocol for all three systems: N agents, a budget of environment steps, no reward; then the same measures for all."""

from kmyriad.side_by_side.measures import Measures, measure
from kmyriad.side_by_side.populations import Population, make_population
from kmyriad.side_by_side.team import Team

__all__ = ["Measures", "Population", "Team", "make_population", "measure"]
