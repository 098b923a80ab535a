"""Models of cycles, time and energy; what they say is an estimate, never a measurement."""
