"""Pages of a fax: what a machine prints is whole, black on white, and in letters its reader can read."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from fax_house import GATEWAY, FaxHouse, can_draw
from scripted_relay import ScriptedRelay
from smtp_house import MAIL, relay_settings

from tellfirst.carriers.fax import Fax, FaxSettings
from tellfirst.carriers.port import Outbound, Outcome, Verdict
from tellfirst.domain.errors import SetupError
from tellfirst.domain.message import Message

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not can_draw(), reason="no libfribidi on this machine: pages in Urdu cannot be drawn"),
]
pages = pytest.importorskip("tellfirst.carriers.fax.pages", reason="the extra `fax` is not installed")
Image = pytest.importorskip("PIL.Image")

TEXTS = {
    "en": "Mobile service is down in Gachibowli since 13:30 IST.",
    "ms": "Perkhidmatan mudah alih di Gachibowli terputus sejak 13:30 IST.",
    "te": "గచ్చిబౌలిలో మొబైల్ సేవ 13:30 IST నుండి లేదు.",
    "ur": "گچی باؤلی میں موبائل سروس 13:30 IST سے بند ہے۔",
}


@pytest.fixture
def drawn() -> pages.Pages:
    return pages.Pages("Deccan Mobile", 2, {})


def first_page(pdf: bytes, tmp_path: Path) -> Image.Image:
    """The page as another program sees it."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not on this machine")
    (tmp_path / "fax.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "72", "-png", "-gray", "-f", "1", "-l", "1", "fax.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    return Image.open(next(tmp_path.glob("page*.png"))).convert("L")


def ink(page: Image.Image, box: tuple[int, int, int, int]) -> int:
    return sum(1 for dot in page.crop(box).tobytes() if dot < 128)


@pytest.mark.parametrize("language", TEXTS)
def test_a_page_is_a4_in_the_resolution_of_a_fax(drawn: pages.Pages, language: str) -> None:
    pdf = drawn.pdf("No service", TEXTS[language], language)
    assert b"/Width 1728\n/Height 2292\n" in pdf
    assert b"/BitsPerComponent 1\n" in pdf
    assert b"CCITTFaxDecode" in pdf
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [ 0 0 609.88" in pdf


@pytest.mark.parametrize("language", TEXTS)
def test_another_program_sees_the_words_at_the_side_where_reading_begins(
    drawn: pages.Pages, tmp_path: Path, language: str
) -> None:
    page = first_page(drawn.pdf("", TEXTS[language], language), tmp_path)
    width, height = page.size
    assert (width, height) == pytest.approx((610, 842), abs=2)
    # The last line of the text is short, so it stands at one side.
    left, right = ink(page, (0, 60, width // 3, height)), ink(page, (2 * width // 3, 60, width, height))
    assert left + right > 300
    text = TEXTS[language].split()[0]
    page = first_page(drawn.pdf("", text, language), tmp_path)
    left, right = ink(page, (0, 75, width // 2, height)), ink(page, (width // 2, 75, width, height))
    assert (left < right) == (language == "ur")


def test_letters_are_joined_and_not_drawn_one_by_one() -> None:
    typefaces = pages.Typefaces({})
    urdu = typefaces.for_text("ur", TEXTS["ur"], 46, "Medium")
    telugu = typefaces.for_text("te", TEXTS["te"], 46, "Medium")
    for font, word, direction, language in (
        (urdu, "موبائل", "rtl", "ur"),
        (telugu, "గచ్చిబౌలి", "ltr", "te"),
    ):
        joined = font.getlength(word, direction=direction, language=language)
        apart = sum(font.getlength(letter, direction=direction, language=language) for letter in word)
        assert joined < 0.9 * apart


def test_a_long_text_goes_on_to_a_second_page_with_numbers(drawn: pages.Pages) -> None:
    pdf = drawn.pdf("No service", "\n".join(f"Line {n} of a long notice." for n in range(40)), "en")
    assert pdf.count(b"/Type /Page\n") == 2


def test_a_text_for_more_pages_than_allowed_is_refused_however_long(drawn: pages.Pages) -> None:
    for text in ("\n".join(["Line"] * 80), "word " * 50_000, "\n" * 500):
        with pytest.raises(pages.TooManyPages):
            drawn.pdf("No service", text, "en")


def test_a_word_longer_than_a_line_is_broken_and_lost_nowhere(drawn: pages.Pages) -> None:
    font = pages.Typefaces({}).open("en", pages.BODY, "Medium")
    address = "https://notices.example/" + "personal" * 40
    lines = list(pages.Measure(font, "en", 1400).lines(f"See {address} now"))
    assert "".join(lines).replace(" ", "") == f"See{address}now"
    assert all(font.getlength(line) <= 1400 for line in lines)


def test_equal_messages_are_equal_bytes() -> None:
    one, other = (pages.Pages("Deccan Mobile", 2, {}).pdf("s", TEXTS["te"], "te") for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("language", "text"), [("hi", "सेवा बंद है"), ("", "No service"), ("en", "సేవ లేదు"), ("te", "服务")]
)
def test_a_language_no_font_can_write_is_no_page_of_boxes(
    drawn: pages.Pages, language: str, text: str
) -> None:
    with pytest.raises(pages.NoFont):
        drawn.pdf("", text, language)


def test_a_font_of_ones_own_writes_another_language() -> None:
    import fontpkg

    own = pages.Pages("", 2, {"fr": fontpkg.path("Noto Sans")})
    assert own.pdf("", "Le réseau est en panne à Nîmes.", "fr").startswith(b"%PDF")
    with pytest.raises(SetupError, match="not there"):
        pages.Pages("", 2, {"fr": Path("/nowhere/font.ttf")})


def test_nothing_of_a_text_stands_in_the_file_but_its_picture(drawn: pages.Pages) -> None:
    pdf = drawn.pdf("Secret subject", "https://notices.example/s/personal-and-secret-1", "en")
    assert b"ecret" not in pdf


@pytest.fixture
async def relay() -> AsyncIterator[ScriptedRelay]:
    async with ScriptedRelay() as relay:
        yield relay


async def sent(relay: ScriptedRelay, *batch: Outbound) -> list[Outcome]:
    carrier = FaxHouse().carrier(relay.port)
    outcomes = await carrier.submit(batch)
    await carrier.close()
    return outcomes


def fax(number: int, text: str = TEXTS["en"], language: str = "en", **fields: str) -> Outbound:
    return Outbound(number, f"+9140987{number:05d}", Message(text, "No service", locale=language), **fields)


async def test_the_gateway_gets_one_pdf_and_no_words_beside_it(relay: ScriptedRelay) -> None:
    [outcome] = await sent(relay, fax(7))
    assert outcome.verdict is Verdict.ACCEPTED
    [taken] = relay.taken
    assert taken.recipient == "914098700007@fax.example"
    [enclosed] = taken.mail.iter_attachments()
    assert (enclosed.get_content_type(), enclosed.get_filename()) == ("application/pdf", "notice.pdf")
    assert enclosed.get_content().startswith(b"%PDF")
    assert taken.mail.get_body(("plain",)).get_content().strip() == ""


async def test_a_personal_link_is_drawn_for_its_own_customer_only(relay: ScriptedRelay) -> None:
    text = "How was it? %link%"
    await sent(
        relay,
        *(fax(n, text, link=f"https://n.example/{n}") for n in (1, 2)),
        fax(3, text, link="https://n.example/1"),
    )
    drawn = {
        taken.recipient[10:12]: next(taken.mail.iter_attachments()).get_content() for taken in relay.taken
    }
    assert drawn["01"] != drawn["02"]
    assert drawn["01"] == drawn["03"]


async def test_what_cannot_be_drawn_is_refused_for_good_with_its_reason(relay: ScriptedRelay) -> None:
    outcomes = await sent(relay, fax(1, "सेवा बंद है", "hi"), fax(2, "word " * 5_000), fax(3))
    ends = {one.delivery_id: (one.verdict, one.reason) for one in outcomes}
    assert ends[1] == (Verdict.REFUSED_FINALLY, "no_font_for_language")
    assert ends[2] == (Verdict.REFUSED_FINALLY, "too_many_pages")
    assert ends[3][0] is Verdict.ACCEPTED
    assert len(relay.taken) == 1


@pytest.mark.parametrize(
    "number", ["", "914098700007", "+0140987", "+91 40 98700007", "+914098700007@x", "+९१४०९८७०००"]
)
async def test_what_is_no_number_is_refused_without_a_call(relay: ScriptedRelay, number: str) -> None:
    [outcome] = await sent(relay, replace(fax(7), address=number))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED_FINALLY, "contact_point_refused")
    assert relay.sessions == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"gateway": "fax@fax.example"},
        {"gateway": "{number}"},
        {"gateway": "fax@{number}.example"},
        {"gateway": "{number}@fax.example\r\nBcc: a@b"},
        {"most_pages": 0},
        {"most_pages": 11},
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, object]) -> None:
    right = {"relay": relay_settings(9), "mail": MAIL, "gateway": GATEWAY}
    FaxSettings(**right)
    with pytest.raises(SetupError):
        FaxSettings(**{**right, **wrong})


@pytest.mark.parametrize("part", ["raqm", "fribidi"])
def test_a_machine_that_cannot_shape_letters_says_so_at_once(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr("PIL.features.check", lambda asked: asked != part)
    with pytest.raises(SetupError, match=part):
        Fax(FaxSettings(relay_settings(9), MAIL, GATEWAY))


@pytest.mark.parametrize("package", ["PIL", "fontpkg"])
def test_without_the_extra_a_fax_carrier_says_what_to_install(package: str) -> None:
    script = f"""
import sys
sys.modules[{package!r}] = None
from tellfirst.carriers.fax import Fax, FaxSettings
from tellfirst.carriers.mail import MailSettings, RelaySettings
from tellfirst.domain.errors import SetupError
mail = MailSettings("a@example.com", "example.com", "a secret of sixteen letters")
try:
    Fax(FaxSettings(RelaySettings("127.0.0.1"), mail, {GATEWAY!r}))
except SetupError as missing:
    print(missing)
"""
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'tellfirst[fax]'" in said.stdout
