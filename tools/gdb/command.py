"""What our gdb commands have in common."""

import gdb


class Command(gdb.Command):
    """Base of our commands: the first line of a class's docstring is its help."""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_USER)
