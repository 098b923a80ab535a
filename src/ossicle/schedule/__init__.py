"""Plans: where every byte lies, and on a cluster what is copied and computed when."""

from ossicle.schedule.plan import Plan, plan
from ossicle.schedule.scratch import Buffer

__all__ = ["Buffer", "Plan", "plan"]
