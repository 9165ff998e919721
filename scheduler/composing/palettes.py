"""The themes of cards: few sets of colours, each with words that everybody can read on it."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3 (AA): words against what lies behind them


@dataclass(frozen=True)
class Theme:
    """Colours as `#rrggbb`: the background, the words on it, and what stands out (the bar, the box of the hotline)."""

    paper: str
    ink: str
    accent: str

    @property
    def on_accent(self) -> str:
        """The colour of words on the accent: one of the theme's own where it can be read, else black or white."""
        return next(
            c for c in (self.paper, self.ink, "#000000", "#ffffff") if contrast(c, self.accent) >= LEAST_CONTRAST
        )


THEMES: dict[str, Theme] = {
    "xanh-duong": Theme(paper="#0b2f6b", ink="#ffffff", accent="#ffd24a"),
    "xanh-la": Theme(paper="#0d4a33", ink="#ffffff", accent="#f5d76e"),
    "do": Theme(paper="#8f1414", ink="#ffffff", accent="#ffd84d"),
    "tim": Theme(paper="#3d1d5c", ink="#ffffff", accent="#ffc2e0"),
    "toi": Theme(paper="#16202b", ink="#f4f7fa", accent="#6cd4ff"),
    "sang": Theme(paper="#f7f5ef", ink="#1d2733", accent="#b3261e"),
}
USUAL = "xanh-duong"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (black on white), as WCAG defines it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
