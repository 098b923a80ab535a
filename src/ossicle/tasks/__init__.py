"""Tasks: a folder for each, which registers what all stages need to know of it.

``tasks/x/record.py`` has its settings and its record (:class:`ossicle.graph.task.TaskRecord`),
``program.py`` its program on this computer, and how that and the program of a chip are run
(:class:`ossicle.programs.interface.Interface`), and ``templates/`` its C. Adding such a folder adds a task.
"""
