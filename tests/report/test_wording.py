import pytest

from report.wording import listed, name_ranges, show_money, show_share
from timeline.results import Cost


def test_runs_of_numbered_names_are_shortened() -> None:
    assert name_ranges(["fc-srv-1", "fc-srv-2", "fc-srv-3", "fc-db-1", "web"]) == ["fc-srv-1…3", "fc-db-1", "web"]
    assert name_ranges(["a1", "a3", "b4", "a5"]) == ["a1", "a3", "a5", "b4"]
    assert name_ranges(["web-08.x", "web-09.x", "web-10.x"]) == ["web-08…10.x"]


def test_a_list_reads_as_in_a_sentence() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("share", "text"), [(0.999, "99.9%"), (0.689, "68.9%"), (1.0, "100%"), (0.99997, "99.997%"), (0.0, "0%"), (0.1, "10%")]
)
def test_a_share_has_as_many_nines_as_matter(share: float, text: str) -> None:
    assert show_share(share) == text


def test_money_in_a_sentence_has_three_figures() -> None:
    cost = Cost("USD", 0, 0)
    assert show_money(17_840_000, cost) == "17.8 million USD"
    assert show_money(61_683, cost) == "61,700 USD"
