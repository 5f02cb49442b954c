"""What a service publishes as a file: taken off, and kept where no web server looks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from .guard import STATE, Guard, sync_directory
from .order import Order


def withdraw_page(order: Order, guard: Guard) -> dict[str, Any]:
    """Take the file away, and keep it."""
    page = Path(order.page["path"])
    if page.exists():
        kept = STATE / "withdrawn" / f"{order.cluster}-{order.number}"
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(page, kept)
        page.unlink()
        sync_directory(page.parent)
    return page_withdrawn(order, guard)


def page_withdrawn(order: Order, guard: Guard) -> dict[str, Any]:
    """Say whether nothing is published any more."""
    return {"withdrawn": not Path(order.page["path"]).exists()}
