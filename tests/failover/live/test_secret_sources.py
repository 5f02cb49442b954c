from pathlib import Path

import pytest

from failover.live.secret_sources import SecretError, Secrets, known_source


def secrets(folder: Path, **sources: str) -> Secrets:
    return Secrets(sources, folder)


def test_secrets_are_read_where_they_are_when_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("one\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "redfish").write_text("two")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    monkeypatch.setenv("PASSWORD", "three")
    found = secrets(tmp_path, a="file:key", b="credential:redfish", c="env:PASSWORD", d="command:printf 'fo ur\\n'")
    assert [found(name) for name in "abcd"] == ["one", "two", "three", "fo ur"]
    (tmp_path / "key").write_text("changed")
    assert found("a") == "changed"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("file:nowhere", "No such file"),
        ("env:NOWHERE", "the environment has no NOWHERE"),
        ("credential:x", "by hand, set CREDENTIALS_DIRECTORY"),
        ("command:false", "the program ended with 1"),
        ("command:no-such-program", "No such file"),
        ("command:'", "not a command line"),
        ("file:empty", "is empty"),
        ("file:binary", "not text"),
    ],
)
def test_a_secret_that_cannot_be_read_is_said_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, why: str
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretError, match="the secret 'a'") as error:
        secrets(tmp_path, a=source)("a")
    assert why in str(error.value)


def test_a_secret_that_nobody_named_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="there is no secret 'b'"):
        secrets(tmp_path)("b")


@pytest.mark.parametrize("source", ["hunter2", "file:", "vault:x", 5, None])
def test_what_is_no_source_is_refused_and_never_repeated(source: object) -> None:
    with pytest.raises(ValueError, match="write one of file:…, env:…, credential:…, command:…") as error:
        known_source(source)
    assert "hunter2" not in str(error.value)
