"""The list of allowed domains, and how strict an office is that keeps one."""

from __future__ import annotations

import pytest

from tests.authoring.desk import Desk

LINK = "text: Xem https://example.net/tin và viết cho a@example.com, gọi ai cũng được."


def test_without_any_register_links_are_free(desk: Desk) -> None:
    assert desk.about(LINK) == []


def test_with_hotlines_a_strange_link_is_a_warning(desk: Desk) -> None:
    desk.write("campaigns/hotlines.yaml", "hotlines: []\n")

    said = desk.about(LINK)

    assert {line.split("[")[-1] for line in said} == {"link]", "mail]"}
    assert all(line.startswith("lưu ý: ") for line in said)


def test_with_a_list_of_its_own_it_is_an_error(desk: Desk) -> None:
    desk.write("campaigns/hotlines.yaml", "hotlines: []\n")
    desk.write("campaigns/lint.yaml", "allow_links: [vbpl.vn]\n")

    assert not any(line.startswith("lưu ý: ") for line in desk.about(LINK))


def test_what_is_listed_and_our_own_hosts_are_allowed(desk: Desk) -> None:
    desk.write("campaigns/hotlines.yaml", "hotlines: [{id: a, address: tin.example.info, label: A}]\n")
    desk.write("campaigns/lint.yaml", "allow_links: [example.net]\nallow_mail: [example.com]\n")

    assert desk.about(LINK) == []
    assert desk.about("text: https://b.example/@a/1 và https://tin.example.info/x") == []


@pytest.mark.parametrize("domain", ["https://vbpl.vn", "vbpl", "a b.vn"])
def test_what_is_no_domain_is_said_so(desk: Desk, domain: str) -> None:
    desk.write("campaigns/lint.yaml", f"allow_links:\n  - {domain!r}\n")

    [said] = desk.says()

    assert said.startswith(f'lint.yaml:2: allow_links.0: "{domain}" không phải tên miền')
