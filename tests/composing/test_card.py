"""Cards: sizes, bytes, room for marks, codes to scan, and plain words when something does not fit."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image

from scheduler.composing.card import QUIET, SIZES, SMALLEST_MODULE, Content, NoRoom, draw, lay_out
from scheduler.composing.palettes import THEMES

THEME = THEMES["xanh-duong"]
SHORT = Content((1200, 630), THEME, "Gọi 113", unit="Công an thành phố Hà Nội", hotline="113")
LONG = Content(
    (1200, 630), THEME,
    "Mỗi gia đình cùng trò chuyện với con, tìm hiểu pháp luật, sẻ chia với người cần điều trị",
    lines=("Từ ngày 01/6 đến ngày 30/6/2027, cả Thành phố chung tay.", "Không thử, dù chỉ một lần."),
    unit="Ủy ban nhân dân phường Hà Đông, thành phố Hà Nội", hotline="Báo tin: 113 hoặc 0769.04.04.04",
)  # fmt: skip
CAPITALS = replace(SHORT, headline="HÀ NỘI HƯỞNG ỨNG THÁNG HÀNH ĐỘNG PHÒNG, CHỐNG MA TÚY", lines=("01/6 - 30/6/2027",))
MARKS = replace(SHORT, headline="ẲN ẴM ỖNG ỘP, NGUYỄN THỊ Ỵ: Ễ Ộ Ẵ Ỗ Ữ", unit="Ở Ẩ Ậ Ỹ Ẵ")
CODE = replace(SHORT, link="https://congan.example.org/canh-bao/lua-dao")
ALL = {"short": SHORT, "long": LONG, "capitals": CAPITALS, "marks": MARKS, "code": CODE}


def opened(content: Content) -> Image.Image:
    return Image.open(BytesIO(draw(content))).convert("RGB")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", ALL)
def test_nothing_leaves_the_card_or_lies_on_something_else(name: str, size: tuple[int, int]) -> None:
    layout = lay_out(replace(ALL[name], size=size))

    boxes = [(x, y, x + s.width, y + s.height) for s, x, y, _ in layout.placed]
    assert all(left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1] for left, top, right, bottom in boxes)
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (layout.placed[i][0].lines, other)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_card_has_its_size_and_a_quiet_edge(size: tuple[int, int]) -> None:
    picture = opened(replace(MARKS, size=size))

    assert picture.size == size
    edge = 3 * min(size) // 100
    for box in ((0, 0, size[0], edge), (0, size[1] - edge, *size), (0, 0, edge, size[1]), (size[0] - edge, 0, *size)):
        assert picture.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), (11, 47, 107))]


def test_the_same_words_are_the_same_bytes_and_hold_nothing_else() -> None:
    assert draw(LONG) == draw(replace(LONG))
    assert Image.open(BytesIO(draw(LONG))).info == {}


@pytest.mark.parametrize(
    "change",
    [{"headline": "Gọi 114"}, {"hotline": "114"}, {"theme": THEMES["do"]}, {"size": (1080, 1080)}, {"unit": "A"},
     {"lines": ("a",)}, {"link": "https://a.example"}, {"language": "en"}, {"emblem_sha256": "1"}],
)  # fmt: skip
def test_whatever_is_seen_changes_the_recipe(change: dict[str, object]) -> None:
    assert replace(SHORT, **change).recipe != SHORT.recipe  # type: ignore[arg-type]


def test_where_the_emblem_lies_does_not_change_the_recipe() -> None:
    assert replace(SHORT, emblem="/a/b.png", emblem_sha256="1").recipe == replace(SHORT, emblem_sha256="1").recipe


def test_a_short_headline_is_larger_than_a_long_one() -> None:
    def largest(words: str) -> int:
        return max(setting.size for setting, *_ in lay_out(replace(SHORT, hotline="", headline=words)).placed)

    assert largest("Gọi ngay cho chúng tôi") > largest("Gọi ngay cho chúng tôi " * 8) >= 36


def test_the_code_is_the_link_and_keeps_its_quiet_zone() -> None:
    layout, picture = lay_out(CODE), opened(CODE)
    box, module = layout.code, layout.module
    assert box is not None
    matrix = segno.make_qr(CODE.link, error="m", boost_error=False).matrix

    for y in range(-QUIET, len(matrix) + QUIET):
        for x in range(-QUIET + 1, len(matrix) + QUIET - 1):
            at = box.left + int((x + QUIET + 0.5) * module), box.top + int((y + QUIET + 0.5) * module)
            inside = 0 <= y < len(matrix) and 0 <= x < len(matrix)
            dark = inside and bool(matrix[y][x])
            corner = y in (-QUIET, len(matrix) + QUIET - 1) and not 2 < x < len(matrix) - 2
            assert corner or picture.getpixel(at) == ((0, 0, 0) if dark else (255, 255, 255)), (x, y)


TIGHT = Content(
    (1080, 1080),
    THEMES["xanh-duong"],
    "Kỵ sĩ nhỏ tuổi, sẵn sàng mỗi ngày, đủ dũng cảm nói “không” trước mọi lời rủ rê",
    ("Giữ vững niềm tin, đừng quỵ ngã",),
    unit="Công an phường Ô Chợ Dừa, quận Đống Đa",
    hotline="113",
    link="https://example.org/tin-tuc",
)


def test_a_code_is_made_smaller_where_the_words_need_its_room() -> None:
    layout, short = lay_out(TIGHT), lay_out(replace(TIGHT, headline="Gọi 113"))

    assert layout.code is not None and short.code is not None
    assert layout.code.width < short.code.width
    assert layout.module >= SMALLEST_MODULE
    with pytest.raises(NoRoom, match="hoặc bỏ link"):
        lay_out(replace(TIGHT, lines=("Giữ vững niềm tin, đừng quỵ ngã, " * 3,) * 2))


@pytest.mark.parametrize("size", [SIZES["ngang"], SIZES["rong"], SIZES["vuong"]])
def test_a_headline_breaks_where_a_reader_would_pause(size: tuple[int, int]) -> None:
    content = replace(TIGHT, size=size, headline="Nói KHÔNG với ma túy, vững bước tuổi trẻ")

    [headline] = [
        setting for setting, *_ in lay_out(content).placed if setting.weight == "Bold" and setting.lines[0][0] == "N"
    ]

    assert headline.lines == ("Nói KHÔNG với ma túy,", "vững bước tuổi trẻ")


def test_an_emblem_is_drawn_in_its_own_colours(tmp_path: Path) -> None:
    Image.new("RGB", (300, 150), "#ff00ff").save(tmp_path / "e.png")

    picture = opened(replace(SHORT, emblem=str(tmp_path / "e.png"), emblem_sha256="x"))

    colours = picture.getcolors(picture.width * picture.height)
    assert colours is not None
    assert any(colour == (255, 0, 255) and n > 500 for n, colour in colours)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"headline": "rất dài " * 60}, "headline", "headline dài 480 ký tự, thẻ 1200 x 630 chỉ vừa khoảng"),
        ({"headline": "https://example.org/" + "a" * 80}, "headline", "thẻ 1200 x 630"),
        ({"lines": ("rất dài " * 90,)}, "lines", "bớt chữ trong lines"),
        ({"unit": "Ủy ban nhân dân " * 20}, "unit", "tên đơn vị dài 320 ký tự"),
        ({"hotline": "Gọi ngay " * 30}, "hotline", "không vừa thẻ"),
        ({"link": "https://example.org/" + "a" * 900}, "link", "liên kết dài 920 ký tự"),
    ],
)
def test_what_does_not_fit_is_said_with_its_key(change: dict[str, object], field: str, said: str) -> None:
    with pytest.raises(NoRoom, match=said) as refused:
        lay_out(replace(SHORT, **change))  # type: ignore[arg-type]

    assert refused.value.field == field


def test_what_is_said_to_fit_does_fit() -> None:
    words = "Cùng giữ bình yên cho mỗi gia đình và cả khu phố " * 12
    with pytest.raises(NoRoom) as refused:
        lay_out(replace(SHORT, headline=words))
    room = int(str(refused.value).partition("khoảng ")[2].partition(";")[0])

    assert room > 60
    lay_out(replace(SHORT, headline=words[:room].strip()))


def test_the_alt_is_the_card_in_words() -> None:
    assert CODE.alt == (
        "Công an thành phố Hà Nội. Gọi 113. Đường dây nóng: 113. https://congan.example.org/canh-bao/lua-dao"
    )
    assert LONG.alt.endswith("Không thử, dù chỉ một lần. Báo tin: 113 hoặc 0769.04.04.04.")
    assert "Hotline: 113" in replace(CODE, language="en").alt
