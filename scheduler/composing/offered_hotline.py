"""What a template is given for `hotline("tre_em")`: the number that holds on the day of posting, or words why there is none."""

from __future__ import annotations

from datetime import date
from typing import Any

from scheduler.composing.render import Unfit
from scheduler.registers.hotlines import SHOWN, Hotlines, plain_id
from scheduler.text import did_you_mean, say

FORMS = ("number", "full")


def offered_hotline(hotlines: Hotlines, id: Any, day: date, form: Any = "number") -> str:
    """Return the number of a hotline on a (local) day, or with its label (`form="full"`); Unfit says why not."""
    if not hotlines.there:
        raise Unfit(
            say(
                f'hotline("{id}"): chưa có {SHOWN}; chép tệp mẫu (loa init tạo sẵn) rồi thêm số vào đó',
                f'hotline("{id}"): there is no {SHOWN}; copy the one that loa init makes and add the number',
            )
        )
    if form not in FORMS:
        hint = did_you_mean(str(form), FORMS)
        raise Unfit(say(f'hotline: form là "number" hoặc "full"{hint}', f'hotline: form is "number" or "full"{hint}'))
    entry = hotlines.find(str(id), day)
    if entry is None:
        raise Unfit(_absent(hotlines, str(id), day))
    return entry.full if form == "full" else entry.spoken


def _absent(hotlines: Hotlines, id: str, day: date) -> str:
    entries = hotlines.by_id.get(plain_id(id))
    if not entries:
        hint = did_you_mean(plain_id(id), hotlines.by_id)
        return say(f'hotline: không có mã "{id}" trong {SHOWN}{hint}', f'hotline: there is no "{id}" in {SHOWN}{hint}')
    after = hotlines.successor(entries[-1], day)
    use_vi, use_en = (
        (f'; dùng "{after.id}" ({after.full})', f'; use "{after.id}" ({after.full})') if after else ("", "")
    )
    return say(
        f'hotline: "{id}" ({entries[-1].spoken}) không có hiệu lực vào ngày đăng {day:%d/%m/%Y}; xem {SHOWN}{use_vi}',
        f'hotline: "{id}" ({entries[-1].spoken}) does not hold on {day:%d/%m/%Y}; look at {SHOWN}{use_en}',
    )
