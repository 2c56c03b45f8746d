"""The one error of reading: a file that cannot be used as a whole."""

from __future__ import annotations


class UnreadableFile(Exception):
    """A file that cannot be read: its name, the place in it and the cause, in one line."""

    def __init__(self, file: str, cause: str, place: str = "") -> None:
        self.file, self.cause, self.place = file, cause, place
        where = f"{file}, {place}" if place else file
        super().__init__(" ".join(f"{where}: {cause}".split()))
