"""The arithmetic that every stage shares: number formats, fixed point, functions by tables."""
