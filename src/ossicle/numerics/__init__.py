"""The arithmetic that all stages share: number formats, fixed point, tables of functions."""
