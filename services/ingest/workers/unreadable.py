"""What a worker process says of what it cannot read."""


class Unreadable(Exception):
    """It cannot be made readable; the message says why and holds nothing of what was sent."""
