"""The learning rate over the steps of a run."""

from ossicle.train.recipe import Updates


def learning_rate(step: int, config: Updates) -> float:
    """Linear warm-up, a plateau, and a straight line to zero: a run can be made longer until that begins."""
    left = (config.steps - step) / max(config.decay * config.steps, 1)
    return config.learning_rate * min((step + 1) / max(config.warmup, 1), left, 1.0)
