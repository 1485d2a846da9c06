"""The adapter's lines, as owners have seen them, and what is no line of an adapter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.daikin.message import LONGEST, Answer, Question, decode, plain_name
from gateway.errors import WireError

CARD = (
    b"ret=OK,type=aircon,reg=eu,dst=1,ver=1_2_51,rev=D3A0C9F,pow=0,err=0,location=0,name=%4c%69%76%69%6e%67,icon=0,method=home only,"
    b"port=30050,id=somebody,pw=purified,lpw_flag=0,adp_kind=3,mac=D0C5D3042E82,adp_mode=run,grp_name=,en_grp=0"
)


def test_a_line_is_read_word_by_word() -> None:
    assert decode(b"ret=OK,htemp=24.0,hhum=-,otemp=-7.0,err=0,cmpfreq=40") == Answer(
        "OK", {"htemp": "24.0", "hhum": "-", "otemp": "-7.0", "err": "0", "cmpfreq": "40"}
    )


def test_a_word_may_be_empty_and_a_value_may_have_commas_and_equals_signs() -> None:
    answer = decode(b"ret=OK,adv=,ssid1=Loading 2,4G...,radio1=-33,grp_name=a=b\r\n")
    assert answer.words == {"adv": "", "ssid1": "Loading 2,4G...", "radio1": "-33", "grp_name": "a=b"}


def test_what_was_refused_says_so() -> None:
    assert decode(b"ret=PARAM NG,msg=404 Not Found") == Answer("PARAM NG", {"msg": "404 Not Found"})
    assert decode(b"ret=SERIAL IF FAILURE").ret == "SERIAL IF FAILURE"


def test_the_account_that_old_adapters_tell_is_not_read() -> None:
    answer = decode(CARD)
    assert answer.words["mac"] == "D0C5D3042E82"
    assert not {"id", "pw"} & answer.words.keys()
    assert "purified" not in repr(answer)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"pow=1,mode=3",
        b"<html>",
        b",ret=OK",
        b"ret=OK,name=\x01",
        b"ret=OK,name=\xff\xfe",
        b"ret=OK," + b"a" * LONGEST,
        b"=OK,ret=OK",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


@given(st.binary(max_size=200))
def test_garbage_is_never_another_error(data: bytes) -> None:
    for each in (data, b"ret=OK," + data):
        try:
            answer = decode(each)
        except WireError:
            continue
        assert answer.ret is not None


def test_a_question_stands_in_the_request_with_its_words_encoded() -> None:
    assert Question("common/basic_info").target == "/common/basic_info"
    asked = Question("aircon/set_control_info", {"pow": "1", "stemp": "22.0", "x": "a&b= c"})
    assert asked.target == "/aircon/set_control_info?pow=1&stemp=22.0&x=a%26b%3D%20c"


def test_names_are_read_and_cleaned() -> None:
    assert plain_name("%4c%69%76%69%6e%67") == "Living"
    assert plain_name("%e5%ae%a2%e5%8e%85") == "客厅"
    assert plain_name("DaikinAP34517") == "DaikinAP34517"
    assert plain_name("%00%1b%ff") == ""
    assert len(plain_name("%41" * 500)) == 64
