"""Each page as a tagged PDF, printed by Chromium: the same page gives the same bytes on the same machine.

The page that is printed may run nothing and ask nobody for anything, whatever it holds; the file has no clock, no path,
and says of which page it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AT_ONCE, SECONDS = 2, 120
_OPTIONS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--user-agent=spaser-analysis"),
    *("--no-pdf-header-footer", "--generate-pdf-document-outline"),
)
# Before the page's own head, so that no page can do without it; its own policy holds beside it.
_POLICY = (
    b'<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    b"style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
)
_LINK_TO_A_FILE = re.compile(rb'<a href="(?!#|https:|mailto:)[^"]*"')  # it would become an address of this machine
_CLOCK = re.compile(rb"/(?:Creation|Mod)Date \(D:[^)]*\)")
_ORIGIN = re.compile(rb"%%EOF\s*%spaser sha256 ([0-9a-f]{64})\n\Z")


class NoBrowser(Exception):
    """Nothing on this machine prints pages; the message says what to install."""


class NotPrinted(Exception):
    """The browser gave no file for a page; the message says why in one line."""


def print_pages(pages: Mapping[Path, Path]) -> Iterator[Path]:
    """Print each page to the file that it is mapped to, whole or not at all, and say so as it is done.

    NoBrowser, NotPrinted.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoBrowser("no Chromium on this machine to print reports: apt-get install chromium")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for target, content in zip(pages.values(), pool.map(partial(_printed, browser), pages), strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f".{target.name}")
            unfinished.write_bytes(content)
            yield unfinished.replace(target)


def printed_from(pdf: Path) -> str | None:
    """The sha256 of the page that a file was printed from; None where it does not say, or is not there."""
    found = _ORIGIN.search(pdf.read_bytes()) if pdf.is_file() else None
    return found and found[1].decode()


def _printed(browser: str, page: Path) -> bytes:
    content = page.read_bytes()
    with tempfile.TemporaryDirectory(prefix="spaser-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        source, target = scratch / "page.html", scratch / "page.pdf"
        source.write_bytes(_POLICY + _LINK_TO_A_FILE.sub(b"<a", content))
        command = [
            browser,
            *_OPTIONS,
            f"--user-data-dir={scratch}/profile",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        if os.geteuid() == 0:  # Chromium refuses its sandbox to root
            command.insert(1, "--no-sandbox")
        _run(command, scratch, page)
        if not target.is_file():
            raise NotPrinted(f"{page}: the browser printed nothing")
        raw = _CLOCK.sub(lambda found: b" " * len(found[0]), target.read_bytes())
    return b"%b\n%%spaser sha256 %b\n" % (raw.rstrip(), hashlib.sha256(content).hexdigest().encode())


def _run(command: list[str], scratch: Path, page: Path) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(scratch)}
    with subprocess.Popen(
        command,
        env=environment,
        cwd=scratch,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise NotPrinted(f"{page}: not printed within {SECONDS} seconds") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
