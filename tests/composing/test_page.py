"""Pages: what is not ours stays text, and a page asks nobody for anything."""

from __future__ import annotations

import pytest

from scheduler.composing.page import POLICY, marked


def test_addresses_and_hashtags_are_marked_and_all_else_is_text() -> None:
    said = marked("<b>\"A\" & 'B'</b> https://a.example/?x=1&y=2. #HaNoi #1")

    assert said == (
        "&lt;b&gt;&#34;A&#34; &amp; &#39;B&#39;&lt;/b&gt; "
        '<a href="https://a.example/?x=1&amp;y=2" rel="noreferrer noopener">https://a.example/?x=1&amp;y=2</a>. '
        '<span class="tag">#HaNoi</span> #1'
    )


@pytest.mark.parametrize("text", ["javascript:alert(1)", 'https://a.example/"onmouseover="x', "https://a.example/#tag"])
def test_no_address_can_do_anything_else(text: str) -> None:
    said = str(marked(text))

    assert "javascript" not in said.partition("href")[2]
    assert said.count('"') == said.count("href") * 2 + said.count("rel=") * 2 + said.count("class=") * 2


def test_a_hashtag_within_an_address_belongs_to_the_address() -> None:
    assert str(marked("https://a.example/?a=1#HaNoi")).count("<") == 2


def test_the_policy_lets_no_script_and_nothing_from_outside_in() -> None:
    assert POLICY.startswith("default-src 'none'")
    assert "script" not in POLICY
    assert "http" not in POLICY
