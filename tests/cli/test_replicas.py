"""One pilot becomes many wards: replicas, deviations, conflicts, and the life of a model, as people see them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event
from tests.authoring.desk import Desk
from tests.cli.conftest import Loa
from tests.ledger.keeper import Keeper

UNITS = """\
units:
  - {id: ha-dong, name: Phường Hà Đông}
  - {id: ba-dinh, name: Phường Ba Đình}
  - {id: bo-de, name: Phường Bồ Đề}
  - {id: ba-vi, name: Xã Ba Vì}
groups: {moi: {units: [ha-dong, ba-dinh, bo-de, ba-vi]}}
"""
CHANNELS = """\
channels:
  - {id: hd, network: feed, account: hd, unit: ha-dong}
  - {id: bd, network: feed, account: bd, unit: ba-dinh}
  - {id: bd-2, network: feed, account: bd-2, unit: ba-dinh}
  - {id: de, network: feed, account: de, unit: bo-de}
"""
LIFE = (
    "{state: replicated, criteria: a, evidence: b, decided: {on: 2026-11-01, by: Trưởng ban}, free: [vars.noi, skip]}"
)
MODEL = """\
campaign: hd
title: Mô hình
channels: [hd]
approval: none
model: LIFE
messages:
  - {id: tin-1, template: moi.j2, vars: {noi: nhà văn hóa, loi: Mời bà con}, when: {on: "2027-06-26 08:00"}}
  - {id: tin-2, text: Gọi 113., when: {on: "2027-06-27 08:00"}, free: [when]}
"""
SPREAD = "replicate: {from: hd, to: {group: moi}}\n"
OTHERWISE = """\
deviation: hd
unit: ba-dinh
why: Nhà văn hóa đang sửa
messages:
  - {id: tin-1, of: "OF", vars: {noi: trụ sở}}
"""


@pytest.fixture
def desk(workspace: Path) -> Desk:
    desk = Desk(workspace)
    desk.write("campaigns/units.yaml", UNITS)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE))
    desk.write("campaigns/nhan-rong.yaml", SPREAD)
    desk.write("templates/moi.j2", "{{ loi }} đến {{ noi }}. {{ office.name }}")
    return desk


def planned(loa: Loa) -> dict[str, str]:
    code, said = loa("plan", "--json")
    assert code == 0, said
    return {c["key"]: c["text"] for c in json.loads(said)["changes"] if c["action"] == "create"}


def of(loa: Loa) -> str:
    """The fingerprint that check asks for."""
    _, said = loa("check")
    return said.split('of: "')[1].split('"')[0]


def test_every_unit_says_the_model_in_its_own_name_on_its_own_channels(desk: Desk, loa: Loa) -> None:
    posts = planned(loa)

    assert posts["hd.ba-dinh/tin-1@once/bd"] == "Mời bà con đến nhà văn hóa. Phường Ba Đình"
    assert sorted(posts) == [
        "hd.ba-dinh/tin-1@once/bd", "hd.ba-dinh/tin-1@once/bd-2", "hd.ba-dinh/tin-2@once/bd",
        "hd.ba-dinh/tin-2@once/bd-2", "hd.bo-de/tin-1@once/de", "hd.bo-de/tin-2@once/de", "hd/tin-1@once/hd",
        "hd/tin-2@once/hd",
    ]  # fmt: skip


def test_who_has_no_channel_is_named(desk: Desk, loa: Loa) -> None:
    code, said = loa("check")

    assert (code, "nhan-rong.yaml:1: lưu ý: replicate.to: 1 đơn vị chưa có kênh nên không đăng: ba-vi" in said) == (
        0,
        True,
    )


def test_a_unit_may_say_a_free_part_otherwise(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE)
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", of(loa)))

    posts = planned(loa)
    _, said = loa("replicas", "hd", "--json")

    assert posts["hd.ba-dinh/tin-1@once/bd"] == "Mời bà con đến trụ sở. Phường Ba Đình"
    assert posts["hd.bo-de/tin-1@once/de"] == "Mời bà con đến nhà văn hóa. Phường Bồ Đề"
    rows = {row["unit"]: row for row in json.loads(said)["replicas"]}
    assert (rows["ba-dinh"]["deviations"], rows["bo-de"]["deviations"]) == ({"tin-1": ["vars.noi"]}, {})
    assert rows["ba-dinh"]["create"] == 4


def test_a_unit_may_leave_a_message_out(desk: Desk, loa: Loa) -> None:
    skip = OTHERWISE.replace("vars: {noi: trụ sở}", "skip: true")
    desk.write("campaigns/ba-dinh.yaml", skip)
    desk.write("campaigns/ba-dinh.yaml", skip.replace("OF", of(loa)))

    assert [key for key in planned(loa) if "ba-dinh/tin-1" in key] == []


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("vars: {loi: Chào}", "messages.0.vars.loi: vars.loi là phần khoá của mô hình hd; đơn vị chỉ được viết khác: vars.noi, skip"),
        ("text: Khác hẳn", "messages.0.text: text là phần khoá của mô hình hd"),
        ("vars: {no: x}", 'mô hình không có biến "no"; ý bạn là "noi"?'),
    ],
)  # fmt: skip
def test_what_the_model_locks_is_refused(desk: Desk, loa: Loa, written: str, says: str) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("vars: {noi: trụ sở}", written))

    code, said = loa("check")

    assert (code, says in said) == (2, True), said


def test_a_message_that_the_model_does_not_have_is_refused(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("tin-1", "tin-3"))

    _, said = loa("check")

    assert 'ba-dinh.yaml:5: lỗi: messages.0.id: mô hình không có thông điệp "tin-3"; ý bạn là "tin-2"?' in said


@pytest.mark.parametrize("changed", ["template", "message"])
def test_a_model_that_changed_after_a_unit_deviated_is_a_conflict_and_never_merged(
    desk: Desk, loa: Loa, changed: str
) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE)
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", of(loa)))
    loa("apply")
    if changed == "template":
        desk.write("templates/moi.j2", "{{ loi }} tới {{ noi }}. {{ office.name }}")
    else:
        desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).replace("Mời bà con", "Kính mời bà con"))

    code, said = loa("apply")
    _, rows = loa("deliveries", "--json")
    _, told = loa("replicas", "hd", "--json")
    _, plan = loa("plan", "--json")

    assert code == 0
    assert "mô hình đã đổi tin-1 sau khi ba-dinh viết khác" in said
    assert (
        len([row for row in json.loads(rows) if row["key"].startswith("hd.ba-dinh/") and row["state"] == "scheduled"])
        == 4
    )
    assert [row["conflicts"] for row in json.loads(told)["replicas"] if row["unit"] == "ba-dinh"] == [["tin-1"]]
    assert json.loads(plan)["changes"] == []  # the others have followed, this one waits


def test_a_conflict_is_settled_by_naming_the_new_fingerprint(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", "00000000"))
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", of(loa)))

    assert loa("check")[0] == 0
    assert "hd.ba-dinh/tin-1@once/bd" in planned(loa)


def test_a_plan_shows_the_units_of_a_message_as_one(desk: Desk, loa: Loa) -> None:
    loa("apply")
    desk.write("templates/moi.j2", "{{ loi }} tới {{ noi }}. {{ office.name }}")

    _, said = loa("plan")

    assert "~ hd.*/tin-1  2 đơn vị (ba-dinh, bo-de)" not in said  # their lines differ, since each has its name in it
    assert said.count("~ hd.*/tin-1") == 2
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).replace("Gọi 113.", "Hãy gọi 113."))
    _, said = loa("plan")
    assert "~ hd.*/tin-2  2 đơn vị (ba-dinh, bo-de), 3 lần đăng" in said
    assert said.count("+ Hãy gọi 113.") == 2  # once for the model itself, once for all units


@pytest.mark.parametrize(
    ("life", "says"),
    [
        ("{state: pilot}", "hd mới là pilot; chỉ nhân rộng khi đã quyết định giữ"),
        ("{state: evaluated, criteria: a, evidence: b}", "hd mới là evaluated"),
        ("{state: kept}", "state: kept cần criteria (tiêu chí) và evidence"),
        ("{state: kept, criteria: a, evidence: b}", "state: kept cần decided"),
        ("{state: dropped, criteria: a, evidence: b, decided: {on: 2026-11-01, by: A}}", "hd đã bị bỏ (dropped), không lên lịch được"),
    ],
)  # fmt: skip
def test_only_a_model_that_was_kept_is_replicated(desk: Desk, loa: Loa, life: str, says: str) -> None:
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", life))

    code, said = loa("check")

    assert (code, says in said) == (2, True), said


def test_a_plain_campaign_is_not_replicated(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/hd.yaml", MODEL.replace("model: LIFE\n", ""))

    assert "hd chưa khai là mô hình" in loa("check")[1]


def test_what_is_dropped_is_scheduled_no_more(desk: Desk, loa: Loa) -> None:
    loa("apply")
    (desk.folder / "campaigns/nhan-rong.yaml").unlink()
    dropped = "{state: dropped, criteria: a, evidence: b, decided: {on: 2026-11-01, by: A}}"
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", dropped))

    refused, _ = loa("apply")
    code, _ = loa("apply", "--allow-cancel")
    _, rows = loa("deliveries", "--json")

    assert (refused, code) == (3, 0)
    assert {row["state"] for row in json.loads(rows)} == {"cancelled"}
    assert '"state": "dropped"' in loa("replicas", "--json")[1]


def test_a_broken_model_leaves_what_was_planned_alone(desk: Desk, loa: Loa) -> None:
    loa("apply")
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).replace("text: Gọi", "txt: Gọi"))

    code, _ = loa("apply", "--allow-cancel")
    _, rows = loa("deliveries", "--json")

    assert code == 2
    assert {row["state"] for row in json.loads(rows)} == {"scheduled"}


def test_what_is_wrong_in_units_alone_is_said_once_with_their_names(desk: Desk, loa: Loa) -> None:
    desk.write("templates/moi.j2", "{{ loi }} đến {{ noi }}. {{ office.duty_phone }}")
    desk.write("campaigns/units.yaml", UNITS.replace("{id: ha-dong, ", '{id: ha-dong, duty_phone: "024.1234.5678", '))

    code, said = loa("check")

    assert code == 2
    assert "hd.yaml:7" in said
    assert "đơn vị: ba-dinh" in said


def test_the_officer_approves_all_replicas_at_once(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).replace("approval: none", "approval: required"))
    _, said = loa("apply")
    assert "loa approve hd --by TÊN" in said

    assert "Đã duyệt 6 lần đăng" in loa("approve", "hd", "--replicas", "--by", "Lan")[1]
    _, rows = loa("deliveries", "--state", "held", "--json")
    assert {row["key"].split("/")[0] for row in json.loads(rows)} == {"hd"}


def test_a_unit_that_is_excepted_is_cancelled_though_another_waits_for_a_decision(desk: Desk, loa: Loa) -> None:
    loa("apply")
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", "00000000"))
    desk.write("campaigns/nhan-rong.yaml", SPREAD.replace("}}", "}, except: [bo-de]}"))

    loa("apply")
    _, rows = loa("deliveries", "--json")

    states = {(row["key"].split("/")[0], row["state"]) for row in json.loads(rows)}
    assert states == {("hd", "scheduled"), ("hd.ba-dinh", "scheduled"), ("hd.bo-de", "cancelled")}


def test_a_second_file_that_replicates_a_model_is_named_where_it_stands(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/nhan-rong-2.yaml", "replicate: {from: hd, to: {unit: ba-dinh}}\n")

    _, said = loa("check")

    assert "nhan-rong.yaml:1: lỗi: replicate.from: hd đã được nhân rộng trong campaigns/nhan-rong-2.yaml" in said
    assert "hd.yaml" not in said


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ("ba-din", 'ba-dinh.yaml:2: lỗi: unit: không có đơn vị "ba-din" trong units.yaml; ý bạn là "ba-dinh"?'),
        ("ba-vi", "ba-dinh.yaml:2: lưu ý: unit: ba-vi không có bản nhân rộng nào của hd (xem campaigns/nhan-rong.yaml)"),
        ("ha-dong", "ba-dinh.yaml:2: lưu ý: unit: ha-dong không có bản nhân rộng nào của hd"),
    ],
)  # fmt: skip
def test_a_deviation_of_a_unit_that_receives_nothing_is_named(desk: Desk, loa: Loa, unit: str, says: str) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("ba-dinh", unit))

    assert says in loa("check")[1]


def test_two_entries_for_one_message_are_refused(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE + "  - {id: tin-1, skip: true}\n")

    assert 'ba-dinh.yaml:6: lỗi: messages.1.id: "tin-1" đã dùng ở dòng 5; gộp hai mục' in loa("check")[1]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('of: "OF"', "ba-dinh.yaml:5: lỗi: messages.0: mục này không viết gì khác mô hình"),
        ("skip: true, vars: {noi: trụ sở}", "ba-dinh.yaml:5: lỗi: messages.0.vars.noi: đã có skip: true thì bỏ vars.noi"),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_do_what_it_says_is_refused(desk: Desk, loa: Loa, written: str, says: str) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace('of: "OF", vars: {noi: trụ sở}', written))

    assert says in loa("check")[1]


def test_a_network_on_which_nobody_speaks_is_refused(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/nhan-rong.yaml", SPREAD.replace("}}", "}, networks: [fed]}"))

    _, said = loa("check")

    assert 'nhan-rong.yaml:1: lỗi: replicate.networks.0: không kênh nào thuộc mạng "fed"; ý bạn là "feed"?' in said
    assert "3 đơn vị chưa có kênh trên fed nên không đăng" in said


def test_a_dropped_model_and_a_campaign_have_two_names(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/hd-cu.yaml", MODEL.replace("LIFE", LIFE).replace("state: replicated", "state: dropped"))
    (desk.folder / "campaigns/nhan-rong.yaml").unlink()

    assert 'hd-cu.yaml:1: lỗi: campaign: "hd" đã có trong campaigns/hd.yaml' in loa("check")[1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SPREAD.replace("replicate", "replicat"), 'lỗi: replicat: không có khoá này; ý bạn là "replicate"?'),
        (OTHERWISE.replace("deviation", "deviaton"), 'lỗi: deviaton: không có khoá này; ý bạn là "deviation"?'),
    ],
)
def test_a_file_whose_first_key_is_misspelt_is_not_taken_for_a_campaign(
    desk: Desk, loa: Loa, text: str, says: str
) -> None:
    desk.write("campaigns/nhan-rong.yaml", text)

    _, said = loa("check")

    assert (f"nhan-rong.yaml:1: {says}" in said, "1 lỗi" in said) == (True, True), said


def test_who_holds_a_model_is_told_of_its_replicas_and_holds_and_releases_them_as_one(desk: Desk, loa: Loa) -> None:
    loa("apply")

    _, alone = loa("hold", "--campaign", "hd")
    _, waiting = loa("withdraw", "hd.*/tin-1")
    _, held = loa("hold", "--campaign", "hd.*")
    _, status = loa("status")
    _, released = loa("release", "--campaign", "hd.*")

    assert "2 bản nhân rộng của hd vẫn đăng; giữ cả các bản ấy: loa hold --campaign 'hd.*'" in alone
    assert "3 lần đăng của hd.*/tin-1 còn chờ đăng; giữ lại: loa hold --campaign 'hd.*'" in waiting
    assert "Đã giữ: chiến dịch hd.ba-dinh, hd.bo-de" in held
    assert "hd.bo-de" in status
    assert "Đã thả: chiến dịch hd.ba-dinh, hd.bo-de" in released
    assert "zz không có bản nhân rộng nào" in loa("hold", "--campaign", "zz.*")[1]


def test_what_is_cancelled_in_units_that_receive_it_no_more_is_shown_as_one(desk: Desk, loa: Loa) -> None:
    loa("apply")
    (desk.folder / "campaigns/nhan-rong.yaml").unlink()

    _, plan = loa("plan")
    _, told = loa("replicas", "hd", "--json")

    assert "- hd.*/tin-1  2 đơn vị (ba-dinh, bo-de), 3 lần đăng" in plan
    assert {row["unit"]: row["cancel"] for row in json.loads(told)["replicas"]} == {"ba-dinh": 4, "bo-de": 2}


def test_who_looks_at_a_replica_in_conflict_is_told_that_it_waits(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", "00000000"))

    code, said = loa("preview", "hd.ba-dinh/tin-1")

    assert (code, "hd.ba-dinh chờ người quyết định" in said, "0 lỗi" in said) == (2, True, False)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("words: {bd: Khác}", "messages.0.words: thông điệp này luân phiên nhiều bài, không thay words được"),
        ('when: {on: "2026-12-07 09:00"}', "messages.0.when: on chỉ đăng một lần nên không luân phiên được"),
    ],
)
def test_a_unit_cannot_end_the_turns_of_a_rotation(desk: Desk, loa: Loa, written: str, says: str) -> None:
    turns = "{id: tin-1, texts: [a, b], free: [when, words], when: {every: [mon], at: '19:30', from: 2026-12-01, until: 2026-12-20}}"
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).partition("messages:")[0] + f"messages: [{turns}]\n")
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("vars: {noi: trụ sở}", written))

    assert f"ba-dinh.yaml:5: lỗi: {says}" in loa("check")[1]


def test_a_unit_may_say_a_message_at_another_time(desk: Desk, loa: Loa) -> None:
    later = OTHERWISE.replace("tin-1", "tin-2").replace("vars: {noi: trụ sở}", 'when: {on: "2027-06-27 10:00"}')
    desk.write("campaigns/ba-dinh.yaml", later)
    desk.write("campaigns/ba-dinh.yaml", later.replace("OF", of(loa)))

    _, said = loa("plan", "--json")

    assert {c["due"][11:16] for c in json.loads(said)["changes"] if c["key"].startswith("hd.ba-dinh/tin-2")} == {"10:00"}  # fmt: skip


def test_without_a_register_of_units_the_units_are_those_of_the_channels(desk: Desk, loa: Loa) -> None:
    (desk.folder / "campaigns/units.yaml").unlink()
    desk.write("templates/moi.j2", "{{ loi }} đến {{ noi }}.")

    _, group = loa("check")
    desk.write("campaigns/nhan-rong.yaml", "replicate: {from: hd, to: [{unit: ba-dinh}, {unit: bo-de}]}\n")
    code, units = loa("check")

    assert 'replicate.to.0.group: chưa có campaigns/units.yaml, nên không có nhóm "moi"' in group
    assert (code, "hd.bo-de/tin-1@once/de" in planned(loa)) == (0, True), units


def test_who_withdraws_a_message_of_a_model_is_told_that_its_replicas_still_say_it(desk: Desk, loa: Loa) -> None:
    loa("apply")
    with sqlite3.connect(desk.folder / "var/loa.db") as ledger:
        ledger.execute("UPDATE delivery SET state = 'published' WHERE message = 'tin-1'")

    _, said = loa("withdraw", "hd/tin-1")

    assert "3 bài của các bản nhân rộng còn công khai; gỡ cả: loa withdraw 'hd.*/tin-1'" in said


def test_after_a_mourning_the_replicas_of_a_model_go_on_as_one(desk: Desk, loa: Loa) -> None:
    festive = MODEL.replace("LIFE", LIFE).replace("approval: none", "approval: none\ntags: [festive]")
    desk.write("campaigns/hd.yaml", festive)
    loa("apply")
    loa("mourning", "declare", "--from", "2027-06-26", "--until", "2027-06-26", "--basis", "x", "--by", "Lan")

    _, lasts = loa("mourning", "release", "hd.*")
    loa("mourning", "end", "--why", "x", "--by", "Lan")
    code, said = loa("mourning", "release", "hd.*", "--by", "Lan")

    assert "3 còn trong quốc tang, vẫn giữ: hd.ba-dinh/tin-1@once/bd" in lasts
    assert (code, "3 đã thả" in said) == (0, True), said


def test_who_approves_is_told_what_waits_instead(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).replace("approval: none", "approval: required"))
    loa("apply")

    _, other = loa("approve", "hd", "--replicas", "--message", "tin1", "--by", "Lan")
    loa("approve", "hd", "--by", "Lan")
    _, again = loa("approve", "hd", "--by", "Lan")

    assert 'chờ duyệt ở thông điệp tin1; ý bạn là "tin-1"?; đang chờ: tin-1, tin-2' in other
    assert "không có bài nào của chính hd chờ duyệt; 6 bài của các bản nhân rộng: loa approve hd --replicas" in again


def test_pictures_of_a_unit_are_checked_like_those_of_a_campaign(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE.replace("skip", "images")))
    written = OTHERWISE.replace("vars: {noi: trụ sở}", 'images: [{file: mat.png, alt: ""}]')
    desk.write("campaigns/ba-dinh.yaml", written)
    desk.write("campaigns/ba-dinh.yaml", written.replace("OF", of(loa)))

    _, said = loa("check")

    assert "ba-dinh.yaml:5: lỗi: messages.0.images.0: thiếu alt" in said
    assert "ba-dinh.yaml:5: lỗi: messages.0.images.0.file: mat.png: không có tệp ảnh này" in said


def test_a_text_that_the_words_of_the_model_would_hide_is_refused(desk: Desk, loa: Loa) -> None:
    model = MODEL.replace("LIFE", LIFE.replace("skip", "text, words")).replace(
        "Gọi 113.,", "Gọi 113., words: {feed: Gọi 113!},"
    )
    desk.write("campaigns/hd.yaml", model)
    written = OTHERWISE.replace("tin-1", "tin-2").replace("vars: {noi: trụ sở}", "text: Phường gọi 113.")
    desk.write("campaigns/ba-dinh.yaml", written)

    _, hidden = loa("check")
    desk.write("campaigns/ba-dinh.yaml", written.replace("113.}", "113., words: {feed: Phường gọi 113!}}"))
    desk.write(
        "campaigns/ba-dinh.yaml", (desk.folder / "campaigns/ba-dinh.yaml").read_text("utf-8").replace("OF", of(loa))
    )

    assert "ba-dinh.yaml:5: lỗi: messages.0.text: mô hình có lời riêng (words) cho feed" in hidden
    assert planned(loa)["hd.ba-dinh/tin-2@once/bd"] == "Phường gọi 113!"


def test_a_text_of_a_unit_is_formatted_as_that_of_the_model(desk: Desk, loa: Loa) -> None:
    model = MODEL.replace("LIFE", LIFE.replace("skip", "text")).replace(
        "Gọi 113.,", "Gọi <b>113</b>., formatted: true,"
    )
    desk.write("campaigns/hd.yaml", model)
    written = OTHERWISE.replace("tin-1", "tin-2").replace("vars: {noi: trụ sở}", "text: Phường & gọi <i>113</i>.")
    desk.write("campaigns/ba-dinh.yaml", written)

    written = written.replace("OF", of(loa))
    desk.write("campaigns/ba-dinh.yaml", written)

    _, refused = loa("check")
    desk.write("campaigns/ba-dinh.yaml", written.replace("& ", "&amp; "))

    assert "ba-dinh.yaml:5: lỗi: messages.0.text: dòng 1 của bài: dấu & phải viết &amp;" in refused
    assert planned(loa)["hd.ba-dinh/tin-2@once/bd"] == "Phường & gọi 113."


def test_a_free_variable_that_no_message_has_is_named(desk: Desk, loa: Loa) -> None:
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE.replace("vars.noi", "vars.noii")))

    _, said = loa("check")

    assert 'hd.yaml:5: lưu ý: model.free.0: không thông điệp nào có biến "noii"; ý bạn là "noi"?' in said


def test_what_a_template_includes_belongs_to_what_the_model_says(desk: Desk, loa: Loa) -> None:
    desk.write("templates/moi.j2", "{% include 'loi/moi.j2' %} đến {{ noi }}.")
    desk.write("templates/loi/moi.j2", "Mời bà con")
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE)
    desk.write("campaigns/ba-dinh.yaml", OTHERWISE.replace("OF", of(loa)))
    before = loa("check")[1]

    desk.write("templates/loi/moi.j2", "Kính mời bà con")

    assert ("mô hình đã đổi tin-1" in before, "mô hình đã đổi tin-1" in loa("check")[1]) == (False, True)


def test_a_name_that_only_a_replica_may_have_is_refused(desk: Desk, loa: Loa) -> None:
    other = "campaign: hd.rieng\nchannels: [de]\nmessages: [{id: a, text: Gọi 113., when: {on: '2027-06-26 09:00'}}]\n"
    desk.write("campaigns/rieng.yaml", other)

    code, said = loa("check")

    assert (code, "rieng.yaml:1: lỗi: campaign: tên bắt đầu bằng hd. dành cho các bản nhân rộng" in said) == (2, True)


# --- a channel that changes hands ---------------------------------------------------------------------------------


def said(desk: Desk, key: str) -> None:
    """Let a delivery have gone out."""
    keeper = Keeper(Database(f"sqlite:///{desk.folder}/var/loa.db"))
    for event in (Event.CLAIM, Event.CONFIRM):
        keeper.move(keeper.row(key).id, keeper.state(key), event)
    keeper.database.close()


def test_a_channel_that_moves_to_another_unit_does_not_say_a_message_again(desk: Desk, loa: Loa) -> None:
    loa("apply")
    said(desk, "hd.ba-dinh/tin-1@once/bd")

    desk.write("campaigns/channels.yaml", CHANNELS.replace("account: bd, unit: ba-dinh", "account: bd, unit: bo-de"))
    created = planned(loa)

    assert "hd.bo-de/tin-1@once/bd" not in created
    assert "hd.bo-de/tin-2@once/bd" in created  # what it has not said yet, it says as the new unit's


def test_a_pilots_channel_that_becomes_a_replicas_does_not_say_a_message_again(desk: Desk, loa: Loa) -> None:
    loa("apply")
    said(desk, "hd/tin-1@once/hd")

    desk.write("campaigns/channels.yaml", CHANNELS + "  - {id: hd-2, network: feed, account: x, unit: ha-dong}\n")
    desk.write("campaigns/hd.yaml", MODEL.replace("LIFE", LIFE).replace("channels: [hd]", "channels: [hd-2]"))
    created = planned(loa)

    assert "hd.ha-dong/tin-1@once/hd" not in created
    assert {"hd/tin-1@once/hd-2", "hd.ha-dong/tin-2@once/hd"} <= set(created)
