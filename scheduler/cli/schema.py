"""`loa schema`: what editors need to show a mistake while it is typed."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.authoring.schema import FILES, schema_text, write_schemas
from scheduler.cli.office import office
from scheduler.cli.screen import show
from scheduler.errors import SettingsError
from scheduler.text import did_you_mean, say

Kind = Annotated[str, typer.Argument(metavar=f"[{'|'.join(FILES)}]", help=say("Loại tệp", "The kind of file"))]
Write = Annotated[
    bool,
    typer.Option("--write", help=say("Ghi mọi lược đồ vào campaigns/.schema/", "Write all into campaigns/.schema/")),
]


def schema(context: typer.Context, kind: Kind = "campaign", write: Write = False) -> None:
    """Lược đồ JSON Schema của tệp YAML, để trình soạn thảo báo lỗi và gợi ý ngay khi gõ. / JSON Schema for editors.

    Ví dụ: loa schema --write
    """
    if kind not in FILES:
        hint, listed = did_you_mean(kind, FILES), ", ".join(FILES)
        words = say(f'không có lược đồ "{kind}"{hint} ({listed})', f'there is no schema "{kind}"{hint} ({listed})')
        raise SettingsError(words)
    if not write:
        print(schema_text(kind), end="")
        return
    campaigns = office(context).settings.workspace / "campaigns"
    try:
        for file in write_schemas(campaigns):
            show(say(f"Đã ghi {file}", f"{file} is written"))
    except OSError as error:
        words = say("không ghi được vào đây; xem lại quyền ghi", "cannot be written; look at the permissions")
        raise SettingsError(f"{error.filename or campaigns}: {words}") from None
    example = "# yaml-language-server: $schema=.schema/campaign.json"
    show(say("Dòng đầu của tệp chiến dịch:", "The first line of a campaign:"), f"  {example}", style="dim")
