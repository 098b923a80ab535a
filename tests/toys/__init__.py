"""Toys: an operator, a task and a platform that go through every stage, and of which nothing else knows."""
