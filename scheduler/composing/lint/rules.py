"""Every rule of the lint, in the order in which `loa check --explain` lists them."""

from __future__ import annotations

from scheduler.composing.lint import (
    addresses,
    claims,
    encoding,
    form,
    hotline,
    people,
    personal_data,
    substances,
    trust,
    words,
)
from scheduler.composing.lint.rule import Rule

LINT: tuple[Rule, ...] = (
    *hotline.RULES,
    *people.RULES,
    *personal_data.RULES,
    *trust.RULES,
    *words.RULES,
    *substances.RULES,
    *claims.RULES,
    *form.RULES,
    *addresses.RULES,
    *encoding.RULES,
)
BY_ID = {rule.id: rule for rule in LINT}
