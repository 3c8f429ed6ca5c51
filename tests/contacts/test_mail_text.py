"""What somebody wrote in a mail, without the history that it quotes, however it is made."""

import time

import pytest

from tellfirst.contacts.mail_text import LONGEST, of_html, written_text

ABOVE = "Still no signal."


@pytest.mark.parametrize(
    "history",
    [
        "On Mon, Nov 23, 2026 at 9:00 AM Us <us@x.example> wrote:\n> We are sorry\n> Us",
        "-----Original Message-----\nFrom: Us\nSent: Monday\nTo: Asha\nSubject: Outage\n\nWe are sorry",
        "From: Us <us@x.example>\nSent: Monday, 23 November 2026\nTo: Asha\nSubject: Outage\n\nWe are sorry",
    ],
    ids=["quoted", "original", "headers"],
)
def test_what_stands_below_the_reply_is_cut(history: str) -> None:
    assert written_text(f"{ABOVE}\n\n{history}\n", "") == ABOVE


def test_a_mail_that_is_all_quotation_is_kept() -> None:
    assert written_text("> We are sorry\n> Us", "")


def test_a_text_part_goes_before_html_and_an_empty_one_does_not() -> None:
    assert written_text("text", "<p>html</p>") == "text"
    assert written_text(" \n ", "<p>html</p>") == "html"


def test_html_reads_as_its_reader_sees_it() -> None:
    page = "<title>x</title><style>p{}</style><p>No&nbsp;signal</p><div>since<br>nine</div><script>alert(1)</script>"
    assert of_html(page) == "No signal\nsince\nnine"


def test_telugu_and_urdu_stay_as_they_are() -> None:
    for words in ("ఇక్కడ సిగ్నల్ లేదు", "یہاں سگنل نہیں ہے"):
        assert written_text(words, "") == words


HOSTILE = {
    "newlines": "a" + "\n" * 100_000 + "b",
    "on on on": "On " * 100_000,
    "on wrote": "On a wrote" * 50_000,
    "blank lines": "\n \n\t" * 50_000,
    "stars": "\n" + "*" * 50_000 + " From:" + "*" * 50_000,
    "warnings": ". Warning:(a" * 20_000,
    "quotes": "> " * 100_000,
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_text_made_to_keep_the_reader_busy_does_not(how: str) -> None:
    began = time.process_time()
    assert len(written_text(HOSTILE[how], "")) <= LONGEST
    assert time.process_time() - began < 3
