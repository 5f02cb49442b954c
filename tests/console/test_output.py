import pytest

from console.output import Output, show


def never() -> None:
    raise AssertionError("nobody asked for a table")


@pytest.mark.parametrize(
    ("form", "printed"), [(Output.JSON, '{\n  "title": "Überwachung — 日本"\n}\n'), (Output.YAML, "title: Überwachung — 日本\n")]
)
def test_text_in_any_script_is_printed_as_it_is(capsys: pytest.CaptureFixture[str], form: Output, printed: str) -> None:
    show({"title": "Überwachung — 日本"}, form, never)
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_never_printed_as_json(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        show({"value": number}, Output.JSON, never)
