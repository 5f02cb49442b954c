"""How much text there is room for, on a desk and on a phone: the page is stretched, so only the least width is known."""

WIDE_PIXELS, NARROW_PIXELS = 640.0, 300.0
"""The least width of a lane or a bar on a desk and on a phone."""
LETTER_PIXELS, MARGIN_PIXELS = 6.8, 12.0


def fits(text: str, percent: float, whole_pixels: float) -> bool:
    """Whether *text* fits into *percent* of a width of *whole_pixels*, with a margin."""
    return len(text) * LETTER_PIXELS + MARGIN_PIXELS <= whole_pixels * percent / 100
