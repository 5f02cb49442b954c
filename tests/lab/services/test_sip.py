"""SIP, as far as a caller and the hotline speak it."""

import pytest

from lab.services.programs import sip

INVITE = (
    b"INVITE sip:hotline@10.77.0.10 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.77.0.10;branch=z9hG4bKproxy\r\nv: SIP/2.0/UDP 10.77.0.40;branch=z9hG4bKcaller\r\n"
    b"Record-Route: <sip:10.77.0.10;lr>\r\nf: <sip:caller@10.77.0.40>;tag=a\r\nTo: <sip:hotline@10.77.0.10>\r\n"
    b"Call-ID: 1@here\r\nCSeq: 1 INVITE\r\nContact: <sip:caller@10.77.0.40:5070>\r\nContent-Length: 5\r\n\r\nv=0\r\n"
)


def test_a_message_is_read_with_short_names_and_repeated_headers_in_order() -> None:
    message = sip.read(INVITE)
    assert (message.method, message.status, message.body) == ("INVITE", None, "v=0\r\n")
    assert [value[-6:] for value in message.all("via")] == ["Kproxy", "caller"]
    assert message.one("from") == "<sip:caller@10.77.0.40>;tag=a"


def test_what_is_written_is_read_back_the_same() -> None:
    message = sip.read(INVITE)
    assert sip.read(message.written()) == message


def test_a_response_repeats_the_way_it_goes_back_and_tags_the_answerer() -> None:
    response = sip.response(sip.read(INVITE), 200, "OK", tag="b", more=(("contact", "<sip:hotline@10.77.0.31>"),))
    assert (response.status, response.method) == (200, "INVITE")
    assert response.all("via") == sip.read(INVITE).all("via")
    assert response.all("record-route") == ["<sip:10.77.0.10;lr>"]
    assert response.one("to") == "<sip:hotline@10.77.0.10>;tag=b"


def test_a_tag_that_is_there_stays() -> None:
    answered = sip.response(
        sip.read(INVITE.replace(b"hotline@10.77.0.10>\r\n", b"hotline@10.77.0.10>;tag=c\r\n")), 200, "OK", tag="b"
    )
    assert answered.one("to").endswith(";tag=c")


@pytest.mark.parametrize("datagram", [b"", b"\x00\xff", b"GET / HTTP/1.1\r\n\r\n", b"jaK\r\n\r\n"])
def test_what_is_no_sip_is_refused(datagram: bytes) -> None:
    with pytest.raises(ValueError, match="no SIP"):
        sip.read(datagram)


@pytest.mark.parametrize("value", ["<sip:a@b:1;lr>;tag=x", "sip:a@b:1", '"Some; One" <sip:a@b:1>'])
def test_an_address_is_found_in_whatever_stands_around_it(value: str) -> None:
    assert sip.address(value).startswith("sip:a@b:1")


def test_pauses_double_and_fit_within_the_patience() -> None:
    assert list(sip.waits(4.0)) == [0.5, 1.0, 2.0]
    assert max(sip.waits(32.0)) == 4.0
    assert sum(sip.waits(32.0)) < 32.0
