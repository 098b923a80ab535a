"""``python -m ossicle`` is the command ``ossicle``."""

from ossicle.cli import main

main()
