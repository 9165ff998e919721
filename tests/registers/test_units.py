"""The units: a tree of offices, whose mistakes have lines."""

from __future__ import annotations

from tests.authoring.desk import Desk

UNITS = """\
units:
  - {id: ha-noi, name: Hà Nội}
  - {id: ha-dong, name: Hà Đông, parent: ha-noi}
  - {id: to-1, name: Tổ 1, parent: ha-dong}
"""


def test_below_is_the_unit_and_all_under_it(desk: Desk) -> None:
    desk.write("campaigns/units.yaml", UNITS)

    units = desk.book().units

    assert units.below("ha-dong") == {"ha-dong", "to-1"}


def test_every_mistake_in_the_register_has_its_line(desk: Desk) -> None:
    desk.write(
        "campaigns/units.yaml",
        """\
        units:
          - {id: ha-noi, name: A, parent: ha-noi}
          - {id: ha-dong, name: B, parent: ha-nol}
          - {id: ha-dong, name: C}
        """,
    )

    said = desk.says()

    assert "units.yaml:2: units.0.parent: đơn vị nằm dưới chính nó" in said
    assert 'units.yaml:3: units.1.parent: không có đơn vị "ha-nol"; ý bạn là "ha-noi"?' in said
    assert 'units.yaml:4: units.2.id: "ha-dong" viết hai lần' in said


def test_a_channel_of_an_unknown_unit_is_found_only_with_a_register(desk: Desk) -> None:
    assert desk.says() == []

    desk.write("campaigns/units.yaml", "units: [{id: ha-nam, name: A}, {id: ha-dong, name: B}]\n")

    assert desk.says() == ['channels.yaml:2: channels.0.unit: không có đơn vị "ha-noi"; ý bạn là "ha-nam"?']
