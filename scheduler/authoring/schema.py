"""What editors know of our files: JSON Schemas made from the models, so that a mistake is red while it is typed.

Every scalar of our files is text to us and `113` a number to an editor, and much may be written shorter than the
model holds it. So the schemas allow at least what the reader takes; the reader (`loa check`) has the last word.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from scheduler.authoring.campaign import Campaign
from scheduler.authoring.channels_file import ChannelsFile
from scheduler.authoring.deviation import DeviationFile
from scheduler.authoring.replicas import ReplicateFile
from scheduler.registers.allowed import AllowedFile
from scheduler.registers.days import Caps, Mourning, QuietHours
from scheduler.registers.hotlines import Hotline
from scheduler.registers.law import Law
from scheduler.registers.named_day import NamedDay
from scheduler.registers.programmes import Programme, Reminders
from scheduler.registers.source import Strict
from scheduler.registers.units import Group, Unit
from scheduler.registers.units_file import Defaults

FOLDER = ".schema"  # within campaigns/
DIALECT = "http://json-schema.org/draft-07/schema#"  # the one that every editor knows


class _Units(Strict):
    defaults: Defaults | None = None
    """Áp dụng cho mọi đơn vị, trừ đơn vị viết khác"""
    units: tuple[Unit, ...] | None = None
    """Các đơn vị có kênh, và đơn vị cấp trên của nó"""
    groups: dict[str, Group] | None = None
    """Nhóm: nhiều đơn vị dưới một tên, để chọn kênh bằng {group: tên-nhóm}"""


class _Laws(Strict):
    texts: tuple[Law, ...] = ()
    """Các văn bản pháp luật"""
    about: Annotated[Any, Field(alias="register")] = None
    """Về sổ này: ai lập, ngày nào"""
    families: Any = None
    """Các văn bản cùng một việc, nối tiếp nhau"""
    citation_traps: Any = None
    """Những chỗ hay dẫn nhầm"""
    checks: Any = None
    """Những ngày mẫu để thử sổ"""


class _Days(Strict):
    days: tuple[NamedDay, ...] = ()
    """Các ngày có tên, dùng trong before, after, in"""
    holidays: tuple[NamedDay, ...] = ()
    """Ngày nghỉ lễ, Tết"""
    quiet_hours: QuietHours | Literal["none"] = QuietHours()
    """Giờ yên tĩnh của từng loại tin, hoặc none"""
    mourning: tuple[Mourning, ...] = ()
    """Các kỳ quốc tang"""
    caps: Caps = Caps()
    """Mỗi kênh nhận nhiều nhất bao nhiêu bài"""


class _Hotlines(Strict):
    hotlines: tuple[Hotline, ...] = ()
    """Các số điện thoại, trang mạng mà người dân có thể tìm đến"""


class _Programmes(Reminders):
    programmes: tuple[Programme, ...] | None = None
    """Các chương trình, đề án, kế hoạch mà chiến dịch có thể thuộc về"""


FILES: dict[str, tuple[type[BaseModel], str]] = {
    "campaign": (Campaign, "Một chiến dịch của Loa: campaigns/TÊN.yaml"),
    "replicate": (ReplicateFile, "Nhân rộng một mô hình: campaigns/TÊN.yaml có khoá replicate"),
    "deviation": (DeviationFile, "Một đơn vị viết khác mô hình: campaigns/TÊN.yaml có khoá deviation"),
    "channels": (ChannelsFile, "Các kênh chính thức: campaigns/channels.yaml"),
    "units": (_Units, "Các đơn vị: campaigns/units.yaml"),
    "laws": (_Laws, "Các văn bản pháp luật: campaigns/laws.yaml"),
    "hotlines": (_Hotlines, "Các số điện thoại: campaigns/hotlines.yaml"),
    "days": (_Days, "Các ngày trong năm: campaigns/days.yaml"),
    "programmes": (_Programmes, "Các chương trình và thời hạn: campaigns/programmes.yaml"),
    "lint": (AllowedFile, "Tên miền được phép: campaigns/lint.yaml"),
}

DURATION = r"^\d{1,6}\s*[smhd]$"
DATE = r"^(\d{4}-\d{2}-\d{2}|\d{1,2}[/-]\d{1,2}[/-]\d{4})$"
TIME = r"^\d{1,2}([hg]|[:hg]\d{2}(:\d{2})?)$"
MOMENT = r"^[\d/-]{8,10}[ T]+\d.*$"


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file (a key of FILES)."""
    model, title = FILES[kind]
    made = model.model_json_schema(schema_generator=_ForAuthors)
    return {"$schema": DIALECT, "title": title, **made}


def schema_text(kind: str) -> str:
    """Return the schema as it stands in its file."""
    return json.dumps(schema(kind), ensure_ascii=False, indent=1) + "\n"


def write_schemas(campaigns: Path) -> list[Path]:
    """Write every schema into `campaigns/.schema/` and return the files. OSError: it cannot be written."""
    folder = campaigns / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in FILES:
        file = folder / f"{kind}.json"
        file.write_text(schema_text(kind), "utf-8")
        files.append(file)
    return files


def editor_line(campaigns: Path, file: Path, kind: str = "campaign") -> str:
    """Return the comment by which an editor finds the schema of a file."""
    schema_file = Path(os.path.relpath(campaigns / FOLDER / f"{kind}.json", file.parent)).as_posix()
    return f"# yaml-language-server: $schema={schema_file}"


class _ForAuthors(GenerateJsonSchema):
    """Says what an author may write, where pydantic would say what the model holds."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # the key itself is the name that authors know

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        for english in ("title", "description"):
            made.pop(english, None)
        return made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        match schema.get("default"):
            case (str() | bool()) as default if default != "":
                return {**inner, "default": default}
            case timedelta() as default:
                return {**inner, "default": _short(default)}
            case _:
                return inner

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Whatever a function of ours reads may be one text, or one entry where a list is meant."""
        if told := schema.get("json_schema_input_schema"):
            return self.generate_inner(told)
        held = self.generate_inner(schema["schema"])
        if "pattern" in held or "$ref" in held:
            return held
        forms = [form for form in held.get("anyOf", [held]) if form]
        forms += [form["items"] for form in forms if form.get("type") == "array" and form.get("items")]
        if not any("pattern" in form or "string" in _types(form) for form in forms):
            forms.append({"type": "string"})
        return {"anyOf": _distinct(forms)} if len(forms) > 1 else held

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        made = super().str_schema(schema)
        pattern = made.get("pattern")
        if pattern is None:
            return {**made, "type": ["string", "number", "boolean"]}
        return {**made, "type": ["string", "integer"]} if re.search(pattern, "2027") else made

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return {**super().int_schema(schema), "type": ["integer", "string"], "pattern": r"^[+-]?\d+$"}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"enum": [True, False, "true", "false"]}

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": DURATION, "examples": ["30m", "2h", "3d"]}

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": DATE, "examples": ["2027-06-26"]}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": TIME, "examples": ["19:30"]}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": MOMENT, "examples": ["2027-06-26 08:00"]}


def _types(form: Mapping[str, Any]) -> list[str]:
    named = form.get("type", [])
    return [named] if isinstance(named, str) else named


def _distinct(forms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [form for i, form in enumerate(forms) if form not in forms[:i]]


def _short(length: timedelta) -> str:
    """Return a length of time as authors write it."""
    seconds = int(length.total_seconds())
    size, letter = next((s, x) for s, x in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if seconds % s == 0)
    return f"{seconds // size}{letter}"
