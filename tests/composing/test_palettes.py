"""Themes: everything on a card can be read."""

from __future__ import annotations

import pytest

from scheduler.composing.palettes import LEAST_CONTRAST, THEMES, USUAL, Theme, contrast


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_can_be_read(name: str) -> None:
    theme = THEMES[name]

    assert contrast(theme.ink, theme.paper) >= LEAST_CONTRAST
    assert contrast(theme.on_accent, theme.accent) >= LEAST_CONTRAST
    assert contrast(theme.accent, theme.paper) >= 3  # the bar and the box are seen


def test_the_usual_theme_is_there() -> None:
    assert USUAL in THEMES


@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#777777", "#757575", "#ff0000", "#00ff00", "#0b2f6b"])
def test_words_can_be_read_on_any_accent(accent: str) -> None:
    theme = Theme(paper="#888888", ink="#999999", accent=accent)

    assert contrast(theme.on_accent, accent) >= LEAST_CONTRAST
