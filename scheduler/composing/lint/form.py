"""The form of a post: something to do in it, a label where an AI made the picture, hashtags that networks keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.channels.registry import NETWORKS
from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import whole
from scheduler.text import HASHTAG, fold, nfc, say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

AI_LABEL = "Hình ảnh có sử dụng AI"
LONG_ENOUGH = 200  # characters; a short notice may only tell
ACTION = whole(
    "hãy", "mời", "đề nghị", "cần", "nên", "không", "đừng", "gọi", "liên hệ", "báo", "truy cập", "tham gia", "chia sẻ",
    "đăng ký", "xem", "đọc", "tìm hiểu", "chủ động", "cảnh giác", "nâng cao", "tuyên truyền", "kiểm tra", "khuyến cáo",
    "hưởng ứng", "chung tay", "nhớ", "lưu ý", "thực hiện", "chấp hành", "phải", "kêu gọi", "theo dõi", "đến",
    "chúc mừng", "cảm ơn", "tri ân", "chia buồn",
)  # fmt: skip


def _no_action(reading: Reading, spoken: Spoken) -> Found:
    if len(reading.text) >= LONG_ENOUGH and not ACTION.search(reading.low):
        yield say(
            'bài chưa nói người đọc cần làm gì; thêm một câu, ví dụ: "Khi thấy dấu hiệu vi phạm, hãy gọi 113."',
            'the post does not say what to do; add a sentence, for example: "Hãy gọi 113."',
        )


def _unlabelled(reading: Reading, spoken: Spoken) -> Found:
    cover = spoken.message.any_cover if spoken.post.cover is not None else None
    film = {spoken.message.video.ai} if spoken.message.video else set()
    made = (film | {image.ai for image in (*spoken.message.images, *filter(None, [cover]))}) - {"none"}
    if made and AI_LABEL.lower() not in reading.low:
        yield (
            say(
                f'ảnh do AI tạo hoặc sửa mà chưa ghi; thêm vào bài hoặc vào alt dòng: "{AI_LABEL}"',
                f'a picture made or changed by an AI is not labelled; add to the text or to alt: "{AI_LABEL}"',
            ),
            "error" if "generated" in made else "warning",
        )


def _tags(reading: Reading, spoken: Spoken) -> Found:
    breaking = [n for n in spoken.networks if n in NETWORKS and not NETWORKS[n].limits.marked_tags]
    if not breaking:
        return
    for tag in dict.fromkeys(HASHTAG.findall(spoken.post.text)):
        if not tag.isascii():
            plain = plain_tag(tag)
            yield say(
                f"#{tag}: {', '.join(breaking)} làm hỏng hashtag có dấu; viết #{plain}",
                f"#{tag}: {', '.join(breaking)} breaks a hashtag with marks; write #{plain}",
            )


def plain_tag(tag: str) -> str:
    """Return a hashtag without marks and with its capitals: `PhòngChốngMaTuý` -> `PhongChongMaTuy`."""
    return "".join(fold(c).upper() if c.isupper() else fold(c) for c in nfc(tag))


RULES = (
    Rule(
        id="call-to-action",
        quiet=True,
        guards=("bài dài mà không có lời kêu gọi hành động", "a long post without anything to do"),
        why=(
            "Người đọc cần biết phải làm gì: gọi số nào, đến đâu, tránh điều gì.",
            "Readers must learn what to do: whom to call, where to go, what to avoid.",
        ),
        find=_no_action,
        caught=("Một bài dài trên 200 ký tự chỉ kể sự việc.",),
        clean=("Bài có câu: Hãy gọi 113 khi cần.", "Bài ngắn dưới 200 ký tự."),
    ),
    Rule(
        id="ai-label",
        guards=("ảnh do AI tạo mà chưa ghi rõ", "pictures made by an AI without their label"),
        why=(
            "Điều 11 Luật Trí tuệ nhân tạo (từ 01/3/2026): ảnh, tiếng, phim do AI tạo hoặc sửa mô phỏng người thật, việc thật "
            "phải có dấu hiệu nhận biết. Khai trong images: ai: none, assisted hoặc generated.",
            "AI Law, article 11 (from 1 March 2026): what an AI made or altered must be labelled. Declare it in images: "
            "ai: none, assisted or generated.",
        ),
        find=_unlabelled,
        severity="error",
        each=True,
        caught=("images: [{file: a.png, alt: Áp phích, ai: generated}]",),
        clean=(f'images: [{{file: a.png, alt: "Áp phích. {AI_LABEL}.", ai: generated}}]',),
    ),
    Rule(
        id="hashtag",
        guards=("hashtag có dấu trên mạng không giữ dấu", "hashtags with marks where the network breaks them"),
        why=(
            "Có mạng bỏ một phần dấu, nên #PhòngChốngMaTúy và #PhongChongMaTuy thành hai hashtag khác nhau.",
            "Some networks drop a part of the marks, so one hashtag becomes two.",
        ),
        find=_tags,
        on=(("#",),),
        each=True,
        caught=("Mastodon: #PhòngChốngMaTuý",),
        clean=("Mastodon: #PhongChongMaTuy", "Bluesky: #PhòngChốngMaTúy"),
    ),
)
