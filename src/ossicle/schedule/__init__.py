"""Where every byte of the running model lies."""

from ossicle.schedule.plan import Buffer, Plan, plan

__all__ = ["Buffer", "Plan", "plan"]
