"""The raw input files that an auditor has at hand, whatever their names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spaser_analysis import workspace
from spaser_analysis.publishing.manifest import Edition
from spaser_analysis.sources.files import expand, find_files, sha256


def own_inputs(edition: Edition) -> list[Path]:
    """The one folder of inputs of this project that has most of the edition's files."""
    known = {one.sha256 for one in edition.inputs}

    def files_of_it(folder: Path) -> int:
        with at_hand([folder]) as found:
            return len(known & set(found))

    folders = [one for one in (workspace.raw(), *workspace.sample_snapshots()) if one.is_dir()]
    return [max(folders, key=files_of_it)] if folders else []


@contextmanager
def at_hand(given: Sequence[Path]) -> Iterator[dict[str, Path]]:
    """Files, and those of folders and archives, by sha256. UnreadableFile where one is not there, or is no archive."""
    found: dict[str, Path] = {}
    with tempfile.TemporaryDirectory(prefix="spaser-") as scratch:
        for name, file in find_files(list(given), or_none=True)[0]:
            for own, path in expand(name, file, Path(scratch), []):
                digest = sha256(path)
                # a member of an archive is gone once the next one is unpacked
                found[digest] = path if path == file else path.rename(Path(scratch, f"{digest[:8]}-{Path(own).name}"))
        yield found
