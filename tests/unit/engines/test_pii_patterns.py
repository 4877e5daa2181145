"""The pattern detector: what it finds, what it leaves, and how sure it is. No number here belongs to anybody."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

import pytest

from tunewright.core.luhn import luhn
from tunewright.engines.pii.folding import View
from tunewright.engines.pii.numbers import IBAN_LENGTHS
from tunewright.engines.pii.patterns import KINDS, PatternDetector
from tunewright.engines.pii.secrets import entropy
from tunewright.engines.pii.spans import Span, arbitrate

REDACT = 0.85
HOLD = 0.40
detector = PatternDetector()


def found(text: str, least: float = REDACT) -> list[tuple[str, str]]:
    return [(f.kind, text[f.start : f.end]) for f in detector.detect([text])[0] if f.confidence >= least]


# Test numbers of the card schemes' and payment companies' own documentation.
CARDS = [
    "4111 1111 1111 1111", "4242424242424242", "5555-5555-5555-4444", "2223003122003222", "378282246310005",
    "3714 496353 98431",
    "6011111111111117", "3056930009020004", "3566002020360505", "6200000000000005", "4222222222222", "30569309025904",
    "6759649826438453", "6304000000000000", "5018.0000.0009",
]  # fmt: skip

# The examples of the SWIFT IBAN registry.
IBANS = [
    "AD1200012030200359100100", "AE070331234567890123456", "AL47212110090000000235698741", "AT611904300234573201",
    "AZ21NABZ00000000137010001944", "BA391290079401028494", "BE68539007547034", "BG80BNBG96611020345678",
    "BH67BMAG00001299123456", "BR1800360305000010009795493C1", "BY13NBRB3600900000002Z00AB00", "CH9300762011623852957",
    "CR05015202001026284066", "CY17002001280000001200527600", "CZ6508000000192000145399", "DE89370400440532013000",
    "DK5000400440116243", "DO28BAGR00000001212453611324", "EE382200221020145685", "EG380019000500000000263180002",
    "ES9121000418450200051332", "FI2112345600000785", "FO6264600001631634", "FR1420041010050500013M02606",
    "GB29NWBK60161331926819", "GE29NB0000000101904917", "GI75NWBK000000007099453", "GL8964710001000206",
    "GR1601101250000000012300695", "GT82TRAJ01020000001210029690", "HR1210010051863000160", "HU42117730161111101800000000",
    "IE29AIBK93115212345678", "IL620108000000099999999", "IQ98NBIQ850123456789012", "IS140159260076545510730339",
    "IT60X0542811101000000123456", "JO94CBJO0010000000000131000302", "KW81CBKU0000000000001234560101",
    "KZ86125KZT5004100100", "LB62099900000001001901229114", "LC55HEMM000100010012001200023015", "LI21088100002324013AA",
    "LT121000011101001000", "LU280019400644750000", "LV80BANK0000435195001", "MC5811222000010123456789030",
    "MD24AG000225100013104168", "ME25505000012345678951", "MK07250120000058984", "MR1300020001010000123456753",
    "MT84MALT011000012345MTLCAST001S", "MU17BOMM0101101030300200000MUR", "NL91ABNA0417164300", "NO9386011117947",
    "PK36SCBL0000001123456702", "PL61109010140000071219812874", "PS92PALS000000000400123456702",
    "PT50000201231234567890154", "QA58DOHB00001234567890ABCDEFG", "RO49AAAA1B31007593840000", "RS35260005601001611379",
    "SA0380000000608010167519", "SC18SSCB11010000000000001497USD", "SE4550000000058398257466", "SI56263300012039086",
    "SK3112000000198742637541", "SM86U0322509800000000270100", "ST23000100010051845310146", "SV62CENR00000000000000700025",
    "TL380080012345678910157", "TN5910006035183598478831", "TR330006100519786457841326", "UA213223130000026007233566001",
    "VA59001123000012345678", "VG96VPVG0000012345678901", "XK051212012345678906",
]  # fmt: skip


@pytest.mark.parametrize("number", CARDS)
def test_cards(number):
    assert found(f"my card {number} was declined") == [("card", number)]


@pytest.mark.parametrize("number", IBANS)
def test_ibans_of_every_country(number):
    assert found(f"pay to {number} today") == [("iban", number)]
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    assert found(f"pay to {grouped}, thanks") == [("iban", grouped)]
    assert found(f"pay to {number.lower()} today") == [("iban", number.lower())]
    wrong = number[:2] + str((int(number[2:4]) + 1) % 97 + 2).zfill(2) + number[4:]
    assert ("iban", wrong) not in found(f"pay to {wrong} today")
    assert len(number) == IBAN_LENGTHS[number[:2]]


@pytest.mark.parametrize(
    "text", ["{} 12 26 123", "12 3 {} 123", "{} 203.0.113.7", "2026-01-02 {} 3", "{} {}"]
)
def test_a_card_among_other_numbers(text):
    for number in ("4111 1111 1111 1111", "4242424242424242", "3714 496353 98431"):
        assert ("card", number) in found(text.replace("{}", number)), number


def test_a_wrong_iban_or_card_beside_its_word_is_doubtful():
    assert found("IBAN DE89370400440532013001") == []
    assert found("IBAN DE89370400440532013001", HOLD) == [("iban", "DE89370400440532013001")]
    assert found("my credit card 4111 1111 1111 1112", HOLD) == [("card", "4111 1111 1111 1112")]


OTHERS = [
    ("write to jane.doe+bank@mail.example.co.uk.", "email", "jane.doe+bank@mail.example.co.uk"),
    ("<o'neil@example.org>", "email", "o'neil@example.org"),
    ("jörg@münchen.example", "email", "jörg@münchen.example"),
    ("mailto=a_b@example.com;", "email", "a_b@example.com"),
    ("SSN 219-09-9999", "ssn", "219-09-9999"),
    ("it ends 987-65-4320 now", "ssn", "987-65-4320"),
    ("my social security number is 219 09 9999", "ssn", "219 09 9999"),
    ("ssn: 219099999", "ssn", "219099999"),
    ("logged in from 203.0.113.77.", "ip", "203.0.113.77"),
    ("host 2001:db8:85a3::8a2e:370:7334 is down", "ip", "2001:db8:85a3::8a2e:370:7334"),
    ("ip fe80::1ff:fe23:4567:890a", "ip", "fe80::1ff:fe23:4567:890a"),
    ("http://198.51.100.7:8080/x", "ip", "198.51.100.7"),
    ("call +49 30 901820", "phone", "+49 30 901820"),
    ("tel. +49(0)9573 639069", "phone", "+49(0)9573 639069"),
    ("- tel. 04 49 87 84 67", "phone", "04 49 87 84 67"),
    ("my account is stuck, tel. 02293896826", "phone", "02293896826"),
    ("(415) 555-2671 is my line", "phone", "(415) 555-2671"),
    ("+1-448-414-3381x060", "phone", "+1-448-414-3381x060"),
    ("504.581.3734", "phone", "504.581.3734"),
    ("reach me at 00 44 20 7946 0958", "phone", "00 44 20 7946 0958"),
    ("device 00:1B:44:11:3A:B7 lost", "mac", "00:1B:44:11:3A:B7"),
    ("device 001b.4411.3ab7 lost", "mac", "001b.4411.3ab7"),
    ("I was born on 12 March 1987 in Bonn", "date_of_birth", "12 March 1987"),
    ("date of birth: 1987-03-12", "date_of_birth", "1987-03-12"),
    ("DNI 12345678Z", "national_id", "12345678Z"),
    ("NIE X1234567L", "national_id", "X1234567L"),
    ("codice fiscale RSSMRA85T10A562S", "national_id", "RSSMRA85T10A562S"),
    ("CPF 529.982.247-25", "national_id", "529.982.247-25"),
    ("NIR 2 55 08 14 168 025 38", "national_id", "2 55 08 14 168 025 38"),
    ("NHS number 943 476 5919", "national_id", "943 476 5919"),
    ("national insurance QQ 12 34 56 C", "national_id", None),
    ("national insurance AB 12 34 56 C", "national_id", "AB 12 34 56 C"),
    ("my passport number is X1234567", "passport", "X1234567"),
    ("Passport No.: 912803456", "passport", "912803456"),
    ("Reisepass C01X00T47", "passport", "C01X00T47"),
    ("my driver's license number is D123-4567-8901", "driving_licence", "D123-4567-8901"),
    ("driving licence MORGA657054SM9IJ", "driving_licence", "MORGA657054SM9IJ"),
    ("my license plate is ABC 1234", "plate", "ABC 1234"),
    ("number plate ab12 cde", "plate", "ab12 cde"),
    ("Kennzeichen B-MW 1234", "plate", "B-MW 1234"),
    ("the plate: AA-123-BB", "plate", "AA-123-BB"),
    ("MRN: 00482913", "medical_record", "00482913"),
    ("medical record number is MR-284-1923", "medical_record", "MR-284-1923"),
    ("account number 12345678", "bank_account", "12345678"),
    ("sort code 12-34-56", "bank_account", "12-34-56"),
    ("routing number 021000021", "bank_account", "021000021"),
    ("routing number 021000022", "bank_account", None),
    ("BIC: DEUTDEFF500", "bank_account", "DEUTDEFF500"),
    ("born 3 de mayo de 1990", "date_of_birth", "3 de mayo de 1990"),
    ("geboren am 12. M\u00e4rz 1987", "date_of_birth", "12. M\u00e4rz 1987"),
    ("DOB 03/12/87", "date_of_birth", "03/12/87"),
    ("jane (at) example (dot) org", "email", "jane (at) example (dot) org"),
]


@pytest.mark.parametrize(("text", "kind", "value"), OTHERS)
def test_other_kinds(text, kind, value):
    assert found(text) == ([(kind, value)] if value else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password: Hunter2Hunter", "Hunter2Hunter"),
        ('api_key = "9f8e7d6c5b4a39281706f5e4"', "9f8e7d6c5b4a39281706f5e4"),
        ("my password is tr0ub4dor&3", "tr0ub4dor&3"),
        ("client_secret=Zx81QwErTy77AbCdEf", "Zx81QwErTy77AbCdEf"),
    ],
)
def test_values_that_are_called_secret(text, value):
    assert found(text) == [("secret", value)]


NOTHING = [
    "I can't log in, my password is incorrect",
    "the token expired and my api key does not work",
    "Bitcoin was at 64,231.55 USD on 2024-03-05 12:30:45",
    "order 1234567890123 was shipped, tracking 00340434161094021501",
    "invoice 2024-000123 of 15.03.2024 over 1.234,56 EUR",
    "I paid 1500000 dollars in 2019-2021",
    "version 1.2.3.4 of the firmware, section 10.0.0.1",
    "localhost 127.0.0.1 and 0.0.0.0 and ::1",
    "std::vector<int> a::b, 12:30:45, 10:20",
    "is 10 minutes at 12 main street in berlin no 15 ok",
    "email me @ the office, @home, a@b, foo@bar",
    "8888 8888 8888 8888",
    "card fee is 12.50 and rate 3.141592653589793",
    "ISBN 978-3-16-148410-0",
    "000-12-3456 and 666-12-3456 and 123-00-4567",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx is an example",
    "risk-free-and-something-long-enough-to-look-like-1",
    '{"intent": "card_payment_wrong_exchange_rate", "team": "cards"}',
    "call me about order 4029357733",
    "EAN 4006381333931, SKU 4912345678904",
    "IMEI 356938035643809 of the device",
    "the parcel 1Z999AA10123456784 and 00340434161094021501",
    "at 1718000000 and 1718000000123 and 1718000000123456",
    "uuid 7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "the number 123456782 stands alone, as do 12345678901 and 046454286",
    "flight LH 1234, room 1204, seat 12A, page 123",
    "build 20240115.1234567 passed 1,234,567 of 2,345,678 tests",
    "the range 1000-2000 and 10.5-12.5 and 1/2/3",
    "coordinates 52.520008, 13.404954",
    "order id 123456782, invoice number 046454286, case 8001015009087",
    "upgrade from 12.3.4.5 to 200.3.4.6 failed",
    "in order to call it a day, 12 of 34 people paid 56.78",
    "ratio 16:9, 1920x1080, 300 dpi, 24/7 support, 50/50",
    "doi 10.1000/182 and rfc 2616 and ISO 8601:2004",
    "account number is missing and my passport has expired",
    "the plate was broken and the pan is hot in 2024",
    "sort code and account number please",
    "swift transfer and quick transit to the bank",
    "",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_nobodys(text):
    assert found(text) == []


def test_findings_do_not_overlap_and_are_in_order():
    text = "postgres://svc:pw1@db.example.com:5432/x a@b.example.com 4111111111111111 203.0.113.7 tel 504.581.3734"
    findings = detector.detect([text])[0]
    assert [f.kind for f in findings] == ["secret", "email", "card", "ip", "phone"]
    assert all(first.end <= second.start for first, second in pairwise(findings))
    assert {f.kind for f in findings} <= set(KINDS)
    assert {f.found_by for f in findings} == {"patterns@2"}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("card ４１１１ １１１１ １１１１ １１１１ here", "card", "４１１１ １１１１ １１１１ １１１１"),
        ("card 4111\u200b1111\u200b1111\u200b1111 here", "card", "4111\u200b1111\u200b1111\u200b1111"),
        ("card 4111\u00a01111\u00a01111\u00a01111 here", "card", "4111\u00a01111\u00a01111\u00a01111"),
        ("ssn ٢١٩-٠٩-٩٩٩٩ ok", "ssn", "٢١٩-٠٩-٩٩٩٩"),
        ("ssn 219\u201109\u20119999 ok", "ssn", "219\u201109\u20119999"),
        ("😀 mail j\u00adane@example.org", "email", "j\u00adane@example.org"),
        ("iban DЕ89370400440532013000", "iban", "DЕ89370400440532013000"),
        ("from 203.0.113\u2060.77", "ip", "203.0.113\u2060.77"),
    ],
)
def test_look_alike_and_invisible_characters_hide_nothing(text, kind, value):
    assert found(text) == [(kind, value)]


def test_a_view_leads_back_to_the_original():
    view = View("a\u200bb１c")
    assert view.text == "ab1c"
    assert view.span(0, 2) == (0, 3)
    assert view.span(2, 4) == (3, 5)
    assert View("plain").span(1, 3) == (1, 3)


def test_a_text_is_judged_by_itself():
    texts = [text for text, _, _ in OTHERS] + NOTHING
    assert detector.detect(texts) == [detector.detect([text])[0] for text in texts]


def test_the_longer_of_two_certain_spans_stands():
    kept = arbitrate(
        [
            Span(5, 9, "phone", 0.99),
            Span(0, 20, "card", 0.9),
            Span(18, 25, "ip", 0.6),
            Span(20, 22, "ip", 0.5),
        ]
    )
    assert kept == [Span(0, 20, "card", 0.9), Span(20, 22, "ip", 0.5)]


def test_luhn_against_its_definition():
    """Every single changed digit is caught (ISO/IEC 7812-1)."""
    number = "4111111111111111"
    assert luhn(number)
    assert not any(luhn(number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]) for at in range(16))


def test_every_random_address_is_found():
    for n in range(1, 200):
        v4 = ipaddress.IPv4Address(0x0B000000 + n * 2654435 % 0xC0000000)
        v6 = ipaddress.IPv6Address((0x20010DB8 << 96) + n * 0x9E3779B97F4A7C15F39CC060)
        assert found(f"ip {v4} and {v6}") == [("ip", str(v4)), ("ip", str(v6))]


def test_entropy_in_bits():
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2
