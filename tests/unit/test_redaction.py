"""What the redactor hides, what it leaves alone, and that it can be trusted with any text."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from types import FrameType

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import CPR, EMAIL, PHONE, PLACEHOLDERS, Context, Redacted, Redactor, redact

TODAY = date(2025, 6, 1)
KNOWLEDGE = Path(__file__).parents[2] / "knowledge" / "redaction.yaml"


def load_context() -> Context:
    words: dict[str, list[str]] = yaml.safe_load(KNOWLEDGE.read_text(encoding="utf-8"))
    return Context(
        cpr=tuple(words["cpr_words"]),
        phone=tuple(words["phone_words"]),
        other=tuple(words["other_number_words"]),
        at=tuple(words["at_words"]),
        months=tuple(words["months"]),
    )


CONTEXT = load_context()
REDACTOR = Redactor(CONTEXT)


def hide(text: str) -> Redacted:
    return REDACTOR.redact(text, today=TODAY)


CPR_NUMBERS = [
    "0101701234",
    "010170-1234",
    "010170 1234",
    "01 01 70 1234",
    "01.01.70-1234",
    "01-01-70-1234",
    "01/01/70 1234",
    "010170/1234",
    "010170 - 1234",
    "010170–1234",
    "010170−1234",
    "010170\u00a01234",
    "0101\u200b70-12\u00ad34",
    "0 1 0 1 7 0 - 1 2 3 4",
    "01 01 70 12 34",
    "010170-\n1234",
    "010170\r\n1234",
    "0101\n701234",
    "０１０１７０－１２３４",
    "٠١٠١٧٠-١٢٣٤",
    "01011970-1234",
    "01.01.1970-1234",
    "01 01 1970 1234",
    "010119701234",
    "140263-0000",
    "610170-1234",
    "6101701234",
    "010135-4123",
    "290200-4123",
]


@pytest.mark.parametrize("number", CPR_NUMBERS)
@pytest.mark.parametrize("frame", ["{}", "Borgeren ({}) bor her.", "cpr{}", "CPR:{}", "<{}>", "x{}y"])
def test_a_cpr_number_is_hidden_in_every_shape(number: str, frame: str) -> None:
    redacted = hide(frame.format(number))

    assert redacted == Redacted(frame.format(PLACEHOLDERS[CPR]), (CPR,))


@pytest.mark.parametrize("text", ["cpr 999999-9999", "CPR-nummeret er 4512345678", "personnummer: 99 99 99 9999"])
def test_a_telling_word_makes_up_for_an_impossible_date(text: str) -> None:
    assert hide(text).found == (CPR,)


def test_a_future_birth_date_counts_only_with_a_hyphen() -> None:
    assert hide("010135-4123").found == (CPR,)
    assert hide("0101354123").found == ()


def test_a_case_number_that_is_a_cpr_number_is_hidden() -> None:
    assert hide("sagsnr. 010170-1234").found == (CPR,)


@pytest.mark.parametrize(
    "number",
    [
        "20 30 40 50",
        "20304050",
        "2030 4050",
        "203 04 050",
        "20-30-40-50",
        "20.30.40.50",
        "20 30\n40 50",
        "+4520304050",
        "+45 20 30 40 50",
        "+45 12345678",
        "(+45) 12 34 56 78",
        "0045 20304050",
        "004520304050",
        "45 20 30 40 50",
        "4520304050",
        "+46 70 123 45 67",
        "+44 (0)20 7946 0958",
        "+1 (212) 555-2368",
        "+299 123456",
        "0046701234567",
    ],
)
def test_a_phone_number_is_hidden_in_every_grouping(number: str) -> None:
    assert hide(f"Skriv til {number}, tak") == Redacted("Skriv til ⟦phone⟧, tak", (PHONE,))


@pytest.mark.parametrize(
    "text",
    [
        "tlf 12.34.56.78",
        "tlf.nr. 12345678",
        "tlf12345678",
        "Telefon: 12 345 678",
        "ring til mig på 12345678",
        "Mobil 12-34-56-78",
        "phone number 12345678",
        "call me at 123 45 678",
        "telefon 1 2 3 4 5 6 7 8",
    ],
)
def test_a_telling_word_makes_any_eight_digits_a_phone_number(text: str) -> None:
    redacted = hide(text)

    assert redacted.found == (PHONE,)
    assert not re.search(r"\d", redacted.text)


@pytest.mark.parametrize("separator", ["\n", ", ", "; ", " og ", " / "])
def test_every_phone_number_of_a_list_is_hidden(separator: str) -> None:
    numbers = ["2030 4050", "2131 4151", "22 32 42 52", "23334353"] * 3

    assert not re.search(r"\d", hide(separator.join(numbers)).text)


@pytest.mark.parametrize(
    "address",
    [
        "navn@kommune.dk",
        "NAVN@KOMMUNE.DK",
        "fornavn.efternavn+mærke@post.kommune.dk",
        "søren@blåbærgrød.dk",
        "so\u0308ren@x.dk",
        "b@xn--blbrgrd-fxak.dk",
        "用户@例子.公司",
        "o'neil@x.dk",
        "na\u200bvn@kommune.dk",
        "navn＠kommune.dk",
        "navn @ x.dk",
        "hans@kommune",
        "010170-1234@x.dk",
        "navn (at) kommune.dk",
        "navn[at]x.dk",
        "navn ( AT ) x.dk",
        "navn snabel-a x.dk",
        "navn SNABEL A x.dk",
        "navn (at) kommune (dot) dk",
        "navn (at) kommune [punktum] dk",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "<{}>", "mailto:{}", "**{}**", "'{}'", "({})."])
def test_an_email_address_is_hidden_in_every_disguise(address: str, frame: str) -> None:
    assert hide(frame.format(address)) == Redacted(frame.format(PLACEHOLDERS[EMAIL]), (EMAIL,))


@pytest.mark.parametrize(
    "text",
    [
        *("CVR 25345678", "cvr-nr. 25345678", "CVR-nummer: 25345678", "DK25345678"),
        *("5798009812345", "EAN 5798 0098 1234 5", "ISBN 0306406152", "ISBN 978-87-02-12345-6"),
        *("ordre 25345678", "ordrenr. 25345678", "ordre nr. 25 34 56 78", "order number 25345678"),
        *("faktura 25345678", "fakturanr.: 25345678", "case no. 25345678", "P-nr. 1012345678"),
        *("sagsnr. 2023-25345678", "2023-25345678", "j.nr. 20-1234567", "2023-1234"),
        *("01-01-2023", "2023-01-15", "01 02 2023", "20231224", "24122023", "20231224_referat"),
        *("kl. 12.30-13.45", "20.15-21.30", "2012-12-24 15:30", "12-05-2024 1400", "2019-2023"),
        *("01.01.2023-31.12.2023", "01.01.20-31.12.20", "01 02 03 04 05 06 07"),
        *("12.345.678 kr.", "25345678 kr", "25 345 678 kr.", "kr. 25345678", "25345678,00"),
        *("192.168.10.12", "172.16.254.1", "v1.2.3", "120.0.6099.71", "version 10.12.20.1234"),
        *("LBK 1093/2023", "EU 2016/679", "§ 12, stk. 3", "32016R0679", "8000 Aarhus"),
        *("konto 1234 25345678", "konto 1234-0012345678", "reg.nr. 1234 konto 25345678"),
        *("12345678", "nr. 12345678", "https://x.dk/sag/25345678", "4571 1234 5678 9012"),
        *("jeg tror at borger.dk er god", "GPT-4o (at bruge)", "@kommune", "m² (12)"),
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert hide(text) == Redacted(text)


def test_the_nearest_word_decides() -> None:
    assert hide("ring om ordre 25345678").found == ()
    assert hide("ordre 7, ring 12345678").text == "ordre 7, ring ⟦phone⟧"


def test_a_comma_ends_an_order_number() -> None:
    assert hide("ordre 123, 20304050").text == "ordre 123, ⟦phone⟧"


def test_kinds_are_named_once_and_in_a_fixed_order() -> None:
    redacted = hide("a@b.dk, b@c.dk, tlf 20304050 og cpr 010170-1234")

    assert redacted.found == (CPR, PHONE, EMAIL)
    assert redacted.text == "⟦email⟧, ⟦email⟧, tlf ⟦phone⟧ og cpr ⟦cpr⟧"


def test_a_number_once_found_is_hidden_everywhere() -> None:
    assert hide("ring 20304050, ordre 20 30 40 50").text == "ring ⟦phone⟧, ordre ⟦phone⟧"


def test_without_any_words_the_shapes_still_count() -> None:
    redacted = redact("010170-1234, 20304050, a@b.dk", context=Context(), today=TODAY)

    assert redacted.found == (CPR, PHONE, EMAIL)


def test_the_word_lists_hold_plain_words_without_repeats() -> None:
    for words in (CONTEXT.cpr, CONTEXT.phone, CONTEXT.other, CONTEXT.at):
        assert all(isinstance(word, str) and word.strip() for word in words)
        assert len(set(words)) == len(words)


PIECES = st.sampled_from(
    [
        *("cpr ", "tlf ", "ordre ", "konto", "ring til ", " og ", "x", "kr", "⟦cpr⟧", "(at)"),
        *(" ", "-", ".", "/", ",", "\n", "+", "(", ")", "@", ":", "_", "\u200b", "–", "dk", "⟧"),
        *("0", "1", "00", "45", "20", "30", "2030", "010170", "1234", "20304050", "12345678"),
        *("0101701234", "01011970", "2023", "a@b.dk", "١", "２０", "²", "\u0308", "æ"),
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(TEXTS | st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = hide(text)

    assert hide(once.text) == Redacted(once.text)


@given(TEXTS | st.text())
def test_text_around_the_placeholders_is_kept_in_order(text: str) -> None:
    kept = re.split("⟦(?:cpr|phone|email)⟧", hide(text).text)

    assert re.fullmatch(".*?".join(map(re.escape, kept)), text, re.DOTALL)


SPELT = [
    "{d}/{m}-{y} {four}", "{d}.{m}.{y}-{four}", "{d}-{m}-{y}-{four}", "{d}/{m} {y} {four}", "{d}. {name} {year}-{four}",
    "{d}. {short}. {y}-{four}", "{d} {english} {year}, {four}", "{year}-{m:02}-{d:02}-{four}",
    "{year}{m:02}{d:02}-{four}", "{d:02}{m:02}{y}, {four}", "{d:02} {m:02} {y}-12 34", "{d}. {name} {year} – {four}",
]  # fmt: skip
MONTHS = [(names.split()[0], names.split()[1], names.split()[-1]) for names in CONTEXT.months]


@pytest.mark.parametrize("shape", SPELT)
@given(
    born=st.dates(date(1937, 1, 1), date(1999, 12, 31)),
    last=st.integers(0, 3999).map("{:04}".format),
    around=st.sampled_from(["", "borger", "må jeg skrive", "tlf", "sagen om", "født", "sag 12,", "nr."]),
)
def test_a_cpr_number_with_a_spelt_date_never_survives(shape: str, born: date, last: str, around: str) -> None:
    name, short, english = MONTHS[born.month - 1]
    parts = {"d": born.day, "m": born.month, "y": f"{born.year % 100:02}", "year": born.year, "four": last}
    typed = shape.format(**parts, name=name, short=short, english=english)

    hidden = hide(f"{around} {typed}")

    assert CPR in hidden.found
    assert not hidden.text.endswith(typed)


@pytest.mark.parametrize(
    "text",
    ["den 1/1-2026 kl. 1234", "1. januar 2026 1500 borgere", "version 1.1.90", "mødet 3. marts 2026, 1200 deltagere",
     "2026-11-24 1500 kr", "1.1.90 og 2.2.91", "linje 12. 5 maj"],
)  # fmt: skip
def test_a_date_beside_a_number_is_left_alone(text: str) -> None:
    assert hide(text) == Redacted(text)


@given(TEXTS, st.from_regex(r"(0[1-9]|1\d|2[0-8])(0[1-9]|1[0-2])[5-9]\d-[0-3]\d{3}", fullmatch=True))
def test_the_digits_of_a_cpr_number_never_survive(text: str, number: str) -> None:
    redacted = hide(f"{text} – {number}; {text}")

    assert number not in redacted.text
    assert redacted.found


@given(st.text(alphabet=st.characters(exclude_categories=["Nd"], exclude_characters="@＠﹫([{<%&")))
def test_text_without_digits_or_signs_is_returned_as_it_came(text: str) -> None:
    assert Redactor(Context()).redact(text, today=TODAY) == Redacted(text)


@pytest.mark.parametrize(
    "unit",
    [
        *("1", "-", "1-", "1 ", "0 ", "01 ", "20 ", "001 ", "1(", "٠-", "@", "a@", "(at)", "a@b"),
        *("12345678 ", "25345678-", "010170-1234 ", "tlf 12345678 ", "cpr 1 ", "+1 ", "+1234567 "),
    ],
)
@pytest.mark.parametrize("start", ["", "cpr ", "tlf ", "a@"])
def test_hostile_input_takes_work_in_proportion_to_its_length(unit: str, start: str) -> None:
    hide("tlf 20304050")

    short, long = (calls_for(start + unit * (length // len(unit))) for length in (2_500, 10_000))

    # Four times the text makes four times the calls, and some; anything quadratic makes sixteen times as many.
    assert long <= 6 * short


def calls_for(text: str) -> int:
    """Return how many functions, built-in ones included, are called to hide what is in ``text``."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        hide(text)
    finally:
        sys.setprofile(None)
    return calls
