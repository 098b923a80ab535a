"""Plans: where every byte lies, and on a cluster what is copied and computed when."""

from ossicle.schedule.plan import Buffer, Plan, plan

__all__ = ["Buffer", "Plan", "plan"]
