"""A formatted text: read strictly, set out where a network can show it, spelled out where it cannot."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.channels.contract import Post
from scheduler.channels.spans import Span, placed, written
from scheduler.composing.markup import MarkupError, read, set_out
from scheduler.text import nfc
from tests.fakes.telegram import look_at


def test_tags_become_stretches_counted_in_utf16() -> None:
    text, spans = read('🚭 <b>Ma túy</b>: <a href="https://a.vn/?x=1&amp;y=2">đọc <i>thêm</i></a> &amp; &lt;113&gt;')

    assert text == "🚭 Ma túy: đọc thêm & <113>"
    assert spans == (Span("b", 3, 6), Span("a", 11, 8, "https://a.vn/?x=1&y=2"), Span("i", 15, 4))


def test_blanks_around_the_words_of_a_tag_are_not_set_out() -> None:
    assert read(" <b> Gọi </b>113 \n") == ("Gọi 113", (Span("b", 0, 3),))


def test_an_outer_tag_comes_before_an_inner_one_with_the_same_words() -> None:
    assert read("<i><b>a</b></i><blockquote><code>b</code></blockquote>")[1] == (
        Span("i", 0, 1),
        Span("b", 0, 1),
        Span("blockquote", 1, 1),
        Span("code", 1, 1),
    )


FAULTS = [
    ("A & B", "dòng 1 của bài: dấu & phải viết &amp;"),
    ("a\nb&nbsp;c", "dòng 2 của bài: không có &nbsp;"),
    ("2 < 3", "dấu < phải viết &lt;"),
    ("<b>a", "dòng 1 của bài: <b> chưa có </b>"),
    ("x\n<b>a\nb", "dòng 2 của bài: <b> chưa có </b>"),
    ("a</b>", "</b> thừa"),
    ("<b><i>a</b></i>", "</b> đứng trước </i>; đóng </i> trước"),
    ("<b></b>", "<b></b> không có chữ nào"),
    ("<b> </b>a", "<b></b> không có chữ nào"),
    ("<b>a<b>b</b></b>", "<b> nằm trong <b>"),
    ("<b><code>a</code></b>", "<code> không nằm trong <b> được"),
    ("<code>a<i>b</i></code>", "<i> không nằm trong <code> được"),
    ("<strong>a</strong>", "không có thẻ <strong>; ý bạn là <b>?"),
    ("<B>a</B>", "không có thẻ <B>; ý bạn là <b>?"),
    ("a<br>b", "không có thẻ <br>; xuống dòng"),
    ("<script>x</script>", "không có thẻ <script> (các thẻ:"),
    ('<b class="x">a</b>', "ý bạn là <b>?"),
    ("<a href=https://a.vn>a</a>", "liên kết phải viết <a href="),
    ("<a>a</a>", "liên kết phải viết <a href="),
    ('<a href="javascript:alert(1)">a</a>', "phải là địa chỉ đầy đủ"),
    ('<a href="tg://user?id=1">a</a>', "phải là địa chỉ đầy đủ"),
    ('<a href="https://a.vn/b.">a</a>', "không kết thúc bằng dấu câu"),
    ('<a href="">a</a>', "phải là địa chỉ đầy đủ"),
    ('<a href="https://kia.vn">https://hanoi.gov.vn</a>', "chữ là https://hanoi.gov.vn mà dẫn tới https://kia.vn"),
    ("https://a.vn/<b>b</b>", "một thẻ cắt đôi địa chỉ https://a.vn/b"),
    ("<b>https://a.vn</b>b", "một thẻ cắt đôi địa chỉ https://a.vnb"),
    ("<b>e</b>\u0301", "giữa chữ và dấu"),
]


@pytest.mark.parametrize(("source", "said"), FAULTS)
def test_what_cannot_be_read_is_said_with_its_line_and_the_remedy(source: str, said: str) -> None:
    with pytest.raises(MarkupError) as fault:
        read(source)
    assert said in str(fault.value)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(MarkupError, match=r"dòng 1 .*&amp;; dòng 2 .*&lt;; dòng 3 .*chưa có </b>"):
        read("a & b\n1 < 2\n<b>c")


def test_a_network_that_cannot_set_out_says_where_a_link_leads() -> None:
    post = Post('<b>Ma túy</b>: <a href="https://a.vn/x">đọc thêm</a>.')

    assert set_out(post, shows=False) == Post("Ma túy: đọc thêm (https://a.vn/x).")


def test_what_is_crossed_out_is_not_said_as_valid_where_it_cannot_be() -> None:
    post = Post("<s>8 giờ</s> 9 giờ")

    assert set_out(post, shows=True).spans == (Span("s", 0, 5),)
    with pytest.raises(MarkupError, match='"8 giờ" gạch bỏ'):
        set_out(post, shows=False)


WORDS = st.text(st.sampled_from("aế🚭\u00a0&<>\"' \n"), max_size=8).map(nfc)
PLAIN = WORDS.map(lambda words: html.escape(words, quote=False))
LEAVES = PLAIN | st.builds("<code>{}x</code>".format, PLAIN)


def tagged(tag: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    opening = '<a href="https://a.vn">' if tag == "a" else f"<{tag}>"
    return st.lists(inner, max_size=3).map(lambda parts: f"{opening}x{''.join(parts)}</{tag}>")


def nested() -> st.SearchStrategy[str]:
    inner = PLAIN
    for tag in ("u", "a", "i", "b"):
        inner = PLAIN | inner | tagged(tag, inner)
    quoted = st.lists(LEAVES | inner, max_size=3).map(lambda parts: f"<blockquote>x{''.join(parts)}</blockquote>")
    return st.lists(LEAVES | inner | quoted, max_size=4).map("".join)


@given(nested())
def test_telegram_shows_whatever_is_read(source: str) -> None:
    text, spans = read(source)

    look_at(text, [{"type": {"b": "bold", "i": "italic", "u": "underline", "a": "text_link"}.get(s.tag, s.tag),
                    "offset": s.offset, "length": s.length, **({"url": s.url} if s.url else {})} for s in spans])  # fmt: skip


@given(nested())
@example("<u>x\n \nx</u>")
def test_what_is_written_again_says_the_same(source: str) -> None:
    text, spans = read(source)

    again, same = read(written(text, spans)) if spans else (text, spans)
    assert again == text
    assert {(span.tag, span.url, sign) for span in same for sign in signs(text, span)} == {
        (span.tag, span.url, sign) for span in spans for sign in signs(text, span)
    }


def signs(text: str, span: Span) -> list[int]:
    [(start, end, _)] = placed(text, [span])
    return [n for n in range(start, end) if not text[n].isspace()]
