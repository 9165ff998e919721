"""Templates: words in, words out; whoever reaches for more, or for ever, is refused in words."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.composing.render import Renderer, RenderError, without_last_line_end

DUE = datetime(2027, 6, 26, 8, 30, tzinfo=UTC)


def rendered(folder: Path, template: str, *, formatted: bool = False, **variables: Any) -> str:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates/a.j2").write_text(template)
    named = {"due": DUE, "unit": "ha-dong", "anchor": date(2027, 6, 26), **variables}
    return Renderer(folder).render("a.j2", named, formatted=formatted)


def refused(folder: Path, template: str, *, formatted: bool = False, **variables: Any) -> str:
    began = time.process_time()
    with pytest.raises(RenderError) as refusal:
        rendered(folder, template, formatted=formatted, **variables)
    assert time.process_time() - began < 2
    return str(refusal.value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ due | ngay }}", "26/6/2027"),
        ("{{ anchor | ngay_day_du }}", "ngày 26 tháng 6 năm 2027"),
        ("{{ due | thu }}", "thứ Bảy"),
        ("{{ due | gio }}", "8 giờ 30 phút"),
        ("{{ 1234567 | so }}", "1.234.567"),
        ("{{ '1.234' | so }}", "1.234"),
        ("{{ meo[due.day % (meo | length)] }}", "a"),
        ("{{ meo | join(', ') | upper }}", "A, B"),
        ("{% for m in meo %}{{ loop.index }}{{ m }}{% endfor %}", "1a2b"),
        ("{% if vang is defined %}x{% else %}y{% endif %}", "y"),
        ("{{ 'x' ~ 1 ~ unit }}", "x1ha-dong"),
        ("{{ 'Hà Nội'.upper() }}", "HÀ NỘI"),
        ("{{ '%02d' | format(5) }}", "05"),
        ("<b>&</b>", "<b>&</b>"),
    ],
)
def test_what_a_template_can_say(tmp_path: Path, template: str, expected: str) -> None:
    assert rendered(tmp_path, template, meo=["a", "b"]) == expected


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("x\n{{ ''.__class__ }}", 'templates/a.j2:2: không được dùng "__class__"'),
        ("{{ cycler.__init__.__globals__ }}", 'thiếu biến "cycler"|không được dùng "__init__"'),
        ("{{ range.__self__ }}", 'không được dùng "__self__"'),
        ("{{ due.__class__.__mro__ }}", 'không được dùng "__class__"'),
        ("{{ [''] | map(attribute='__class__') | first }}", 'không được dùng "__class__"'),
        ("{{ meo.append(1) }}", 'không được dùng "append"'),
        ('{% include "/etc/passwd" %}', "/etc/passwd: nằm ngoài thư mục templates"),
        ('{% import "../x.j2" as x %}', "../x.j2: nằm ngoài thư mục templates"),
        ('{% extends "link.j2" %}', "link.j2: nằm ngoài thư mục templates"),
        ('{% include "gone.j2" %}', "templates/a.j2:1: không có templates/gone.j2"),
        ('{{ "a" * 10**9 }}', 'không được dùng "**"'),
        ('{{ "a" * 9 }}', 'không được dùng "*"'),
        ('{{ "%9d" % 1 }}', 'không được dùng "%"'),
        ("{{ range(10000000) | length }}", "quá nhiều"),
        ("{{ range(-99999999999999999999, 99999999999999999999) | length }}", "quá nhiều"),
        ("{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}", "quá nhiều"),
        ("{% set a = 'aaaaaaaaaa' %}" + "{% for i in a %}" * 8 + "x" + "{% endfor %}" * 8, "quá nhiều"),
        ("{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}", "quá nhiều"),
        ("{% set a = 'aaaaaaaaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}", "quá nhiều"),
        ("{% set a = 'aaaaaaaaaa' %}" + "{% set a = a + a %}" * 40 + "{{ a }}", "quá nhiều"),
        ("{% set a %}aaaa{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40, "quá nhiều"),
        ("{% set a = 9999999 %}" + "{% set a = a * a %}" * 40, "quá nhiều"),
        ("{% set a = 'a' * 1 %}", 'không được dùng "*"'),
        ("{% set a = 'aaaaaaaaaa' %}{{ a" + " | replace('a', a)" * 9 + " }}", "quá nhiều"),
        ("{{ '%999999999d' | format(1) }}", "quá nhiều"),
        ("{{ 'a'.ljust(999999999) }}", 'không được dùng "ljust"'),
        ("{{ '{:>999999999}'.format(1) }}", 'không được dùng "format"'),
        ("{{ 'a' | center(999999999) }}", 'không có bộ lọc "center"'),
        ("{{ meo | random }}", 'không có bộ lọc "random"'),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "tự gọi chính nó"),
        ('{% include "a.j2" %}', "tự gọi chính nó"),
        ("{{ meo }}", "không ra chữ hay số"),
        ("{{ none }}", "không ra chữ hay số"),
        ("{{ range }}", "không ra chữ hay số"),
        ("a\n{{ ngay_hop }}", 'templates/a.j2:2: thiếu biến "ngay_hop"'),
        ("{{ me }}", 'thiếu biến "me"; ý bạn là "meo"?'),
        ("{{ a1 }}{{ b1 }}{{ c1 | default('') }}", 'thiếu biến "a1"; thêm vào vars của thông điệp; còn thiếu: "b1"'),
        ("{{ days_left }}", '"days_left" chỉ có với when: {before: ...}'),
        ("{{ due.foo }}", 'không có "foo"'),
        ("{{ meo[5] }}", "danh sách không có mục [5]"),
        ("{{ due | ngai }}", 'không có bộ lọc "ngai"; ý bạn là "ngay"?'),
        ("{{ 'x' | ngay }}", "ngay: chỉ dùng với due hoặc anchor"),
        ("{{ 'x' | so }}", 'so: "x" không phải số'),
        ("{% fro x in meo %}", 'không có lệnh "fro"; ý bạn là "for"?'),
        ("{% if unit %}", "thiếu {% endif %}"),
        ("{% endfor %}", "{% endfor %} không có phần mở đầu"),
        ("{{ unit", "thiếu }}"),
        ("{{ 1 + 'a' }}", "không tính được ở đây"),
        ("{{ 1 / 0 }}", "không tính được ở đây"),
        ("{{ due() }}", "không tính được ở đây"),
        ("{% for i in meo %}" * 30 + "{% endfor %}" * 30, ""),
        ("{{ " + "(" * 500 + ")" * 500 + " }}", ""),
        ("x" * 300_000, "quá nhiều"),
    ],
)
@pytest.mark.parametrize("formatted", [False, True])
def test_what_a_template_cannot_do_is_said_in_words(tmp_path: Path, template: str, words: str, formatted: bool) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/link.j2").symlink_to("/etc/passwd")

    said = refused(tmp_path, template, meo=["a", "b"], formatted=formatted)

    assert any(part in said for part in words.split("|")), said
    assert "object" not in said


def test_the_line_is_that_of_the_included_template(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/ben-trong.j2").write_text("a\n\n{{ thieu }}\n")

    assert "templates/ben-trong.j2:3: thiếu biến" in refused(tmp_path, 'x\n{% include "ben-trong.j2" %}')


def test_counting_starts_anew_with_each_rendering(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text("{% for i in range(6000) %}{% endfor %}x")
    renderer = Renderer(tmp_path)

    assert [renderer.render("a.j2", {}) for _ in range(3)] == ["x", "x", "x"]


@pytest.mark.parametrize(
    ("text", "expected"), [("a\n", "a"), ("a\n\n", "a\n"), ("  a \r\nb\r\n", "  a \nb"), ("", ""), ("\n", "")]
)
def test_only_the_last_line_end_is_dropped(text: str, expected: str) -> None:
    assert without_last_line_end(text) == expected


def formatted(folder: Path, template: str, **variables: Any) -> str:
    return rendered(folder, template, formatted=True, **variables)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<b>{{ ten }}</b>", "<b>Phường &lt;b&gt; &amp; &#34;C&#34;</b>"),
        ("{{ ten ~ '&' }}", "Phường &lt;b&gt; &amp; &#34;C&#34;&amp;"),
        ("{{ [ten, 'x'] | join('&') }}", "Phường &lt;b&gt; &amp; &#34;C&#34;&amp;x"),
        ("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m('&') ~ '&' ~ 1 }}", "<b>&amp;</b>&amp;1"),
        ("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ [m('&'), '&'] | join(' < ') }}", "<b>&amp;</b> &lt; &amp;"),
        ("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m('a') | replace('a', '&') }}", "<b>&amp;</b>"),
        ("{% macro m() %}<i>a\nb</i>{% endmacro %}{{ m() | indent(2) }}", "<i>a\n  b</i>"),
        ("{% set x %}<i>{{ ten }}</i>{% endset %}{{ x }}", "<i>Phường &lt;b&gt; &amp; &#34;C&#34;</i>"),
        ("{{ '%s' | format(ten) }}", "Phường &lt;b&gt; &amp; &#34;C&#34;"),
    ],
)
def test_what_is_filled_into_a_formatted_text_has_no_tags(tmp_path: Path, template: str, expected: str) -> None:
    assert formatted(tmp_path, template, ten='Phường <b> & "C"') == expected


def test_nothing_that_is_filled_in_can_be_called_safe(tmp_path: Path) -> None:
    for way in ("{{ ten | safe }}", "{% autoescape false %}{{ ten }}{% endautoescape %}", "{{ ten.__html__() }}"):
        assert "không" in refused(tmp_path, way, ten="<b>", formatted=True)
