"""Runs programs and holds them to their simulation, node by node, and to this computer's C."""
