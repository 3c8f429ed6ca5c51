"""What a short text asks of us, in four languages, by the words the house really uses."""

from pathlib import Path

import pytest

from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import Intent, Wordlist, understand

WORDS = load_words(Path(__file__).parents[2] / "config").words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STOP", Intent.STOP),
        ("stop", Intent.STOP),
        (" Stop. ", Intent.STOP),
        ("STOP!!!", Intent.STOP),
        ("'stop'", Intent.STOP),
        ("\tSTOPALL\n", Intent.STOP),
        ("ＳＴＯＰ", Intent.STOP),
        ("“Stop” 🙏", Intent.STOP),
        ("unsubscribe", Intent.STOP),
        ("Berhenti", Intent.STOP),
        ("henti", Intent.STOP),
        ("ఆపు", Intent.STOP),
        ("ఆపండి!", Intent.STOP),
        ("بند", Intent.STOP),
        ("بند کریں", Intent.STOP),
        ("روکیں۔", Intent.STOP),
        ("\u200fبند\u200f", Intent.STOP),
        ("START", Intent.START),
        ("mula", Intent.START),
        ("ప్రారంభించు", Intent.START),
        ("شروع", Intent.START),
        ("Is there a problem? No signal here.", Intent.PROBLEM),
        ("my internet is DOWN", Intent.PROBLEM),
        ("no   network\nsince morning", Intent.PROBLEM),
        ("Ada masalah? Tiada isyarat di sini.", Intent.PROBLEM),
        ("gangguan lagi", Intent.PROBLEM),
        ("ఇక్కడ సిగ్నల్ లేదు, ఏమైనా సమస్య ఉందా?", Intent.PROBLEM),
        ("నెట్‌వర్క్ లేదు", Intent.PROBLEM),
        ("నెట్వర్క్ లేదు", Intent.PROBLEM),
        ("کیا کوئی مسئلہ ہے؟ یہاں سگنل نہیں ہے", Intent.PROBLEM),
        ("نیٹ بند ہے", Intent.PROBLEM),
        ("please stop the no signal problem", Intent.PROBLEM),
        ("please stop", Intent.OTHER),
        ("start of the month", Intent.OTHER),
        ("thank you", Intent.OTHER),
        ("4", Intent.OTHER),
        ("", Intent.OTHER),
        ("...", Intent.OTHER),
    ],
)
def test_a_text_is_understood(text: str, expected: Intent) -> None:
    assert understand(text, WORDS) is expected


def test_every_word_of_the_house_is_understood_as_what_it_stands_for() -> None:
    """Also that no opt-out word is swallowed by a phrase of another intent."""
    for intent, words in (*WORDS.whole.items(), *WORDS.within.items()):
        for word in words:
            assert understand(word, WORDS) is intent, word
            assert understand(f"{word.upper()} ۔", WORDS) is intent, word


def test_stop_comes_before_everything_else() -> None:
    both = frozenset({"enough"})
    words = Wordlist(whole={Intent.START: both, Intent.STOP: both}, within={Intent.PROBLEM: both})
    assert understand("enough", words) is Intent.STOP


def test_without_words_nothing_is_understood() -> None:
    assert understand("stop", Wordlist(whole={}, within={})) is Intent.OTHER
