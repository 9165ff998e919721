"""What `loa check --explain RULE` says: what a rule guards, why, what it catches and lets pass, how it is waived."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.composing.examine import NEVER_WAIVED, RULES
from scheduler.composing.lint.rules import BY_ID
from scheduler.errors import SettingsError
from scheduler.text import did_you_mean, say


def explanation(name: str) -> Iterator[str]:
    """Yield the lines about a rule; SettingsError names those that there are when this is none."""
    every = [*RULES, *NEVER_WAIVED]
    if name not in every:
        hint, listed = did_you_mean(name, every), ", ".join(every)
        raise SettingsError(
            say(
                f'không có quy tắc "{name}"{hint}. Các quy tắc: {listed}',
                f'there is no rule "{name}"{hint}. The rules: {listed}',
            )
        )
    rule = BY_ID.get(name)
    yield f"[{name}] {rule.guarded if rule else (RULES | NEVER_WAIVED)[name]}"
    if rule:
        grave = say("lỗi", "error") if rule.severity == "error" else say("lưu ý", "note")
        yield say(f"Mức: {grave}", f"Severity: {grave}")
        yield say("Vì sao: ", "Why: ") + say(*rule.why)
        for title, examples in ((say("Bị nhắc:", "Caught:"), rule.caught), (say("Không sao:", "Fine:"), rule.clean)):
            yield title
            yield from (f"  {example}" for example in examples)
    yield from _how_to_waive(name)


def _how_to_waive(name: str) -> Iterator[str]:
    if name in NEVER_WAIVED:
        yield say("Quy tắc này không miễn được: phải sửa bài.", "This rule is never waived: mend the post.")
        return
    yield say(
        "Muốn miễn cho một thông điệp (hoặc cả chiến dịch), ghi lý do; loa plan sẽ cho người duyệt thấy:",
        "To waive it for a message (or a campaign) give the reason; loa plan shows it to who approves:",
    )
    yield f"  waive: {{{name}: {say('lý do cụ thể, ai đồng ý', 'the reason, and who agreed')}}}"
