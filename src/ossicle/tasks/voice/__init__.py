"""Voice activity: from a hop of samples, behind some older ones, to the probability that somebody speaks."""
