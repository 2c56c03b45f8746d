"""What the tests of pages share: the browser, and the states in which a page is looked at."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
NEEDED = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium"),
]
STATES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "small": {"viewport": {"width": 320, "height": 600}},
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},  # 200 % of 1280 by 900
    "forced colours": {"viewport": {"width": 1280, "height": 900}, "forced_colors": "active"},
}
OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"
