"""The one exception that the command line turns into a sentence and exit code 2."""


class OssicleError(Exception):
    """Input, a file or an option that Ossicle cannot work with.

    The message is one sentence for the user: it names the thing and the way out.
    """
