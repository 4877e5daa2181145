# ruff: noqa: E501
"""Dates, times, ages, nationalities and the small fillers of the PII training text."""

from __future__ import annotations

import random
import string
from datetime import date, timedelta


def _words(text: str) -> list[str]:
    """The words of a table; an underscore stands for a space in a word."""
    return text.split()


MONTHS = _words(
    """
January February March April May June July August September October November December
"""
)
SHORT = _words(
    """
Jan Feb Mar Apr May Jun Jul Aug Sep Sept Oct Nov Dec
"""
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SHORT_DAYS = ["Mon", "Tue", "Tues", "Wed", "Thu", "Thurs", "Fri", "Sat", "Sun"]
NUMBERS = _words(
    """
two three four five six seven eight nine ten eleven twelve
"""
)
HOLIDAYS = _words(
    """
Christmas Easter Thanksgiving Halloween New_Year's_Eve New_Year's_Day Christmas_Eve Boxing_Day Labor_Day Memorial_Day
Good_Friday Valentine's_Day Ramadan Diwali Hanukkah Lunar_New_Year Independence_Day Mother's_Day Passover Eid
"""
)

NATIONALITIES = _words(
    """
Afghan Albanian Algerian American Angolan Argentine Argentinian Armenian Australian Austrian Azerbaijani Bahraini
Bangladeshi Basque Belarusian Belgian Bolivian Bosnian Brazilian British Bulgarian Cambodian Cameroonian Canadian
Catalan Chilean Chinese Colombian Congolese Croatian Cuban Cypriot Czech Danish Dutch Ecuadorian Egyptian Emirati
English Estonian Ethiopian Fijian Filipino Finnish French Georgian German Ghanaian Greek Guatemalan Haitian Honduran
Hungarian Icelandic Indian Indonesian Iranian Iraqi Irish Israeli Italian Ivorian Jamaican Japanese Jordanian Kazakh
Kenyan Korean Kurdish Kuwaiti Laotian Latvian Lebanese Liberian Libyan Lithuanian Luxembourgish Malaysian Malian
Maltese Mexican Moldovan Mongolian Moroccan Mozambican Namibian Nepalese Nepali New_Zealand Nicaraguan Nigerian
Norwegian Omani Pakistani Palestinian Panamanian Paraguayan Persian Peruvian Polish Portuguese Puerto_Rican Qatari
Romanian Russian Rwandan Salvadoran Saudi Scottish Senegalese Serbian Singaporean Slovak Slovenian Somali
South_African South_Korean North_Korean Spanish Sri_Lankan Sudanese Swedish Swiss Syrian Taiwanese Tajik Tamil
Tanzanian Thai Tibetan Tunisian Turkish Turkmen Ugandan Ukrainian Uruguayan Uzbek Venezuelan Vietnamese Welsh Yemeni
Zambian Zimbabwean
"""
)

PLURALS = _words(
    """
Afghans Albanians Algerians Americans Argentines Armenians Australians Austrians Belgians Bolivians Brazilians Brits
Bulgarians Canadians Chileans Chinese Colombians Croats Cubans Czechs Danes Dutch Egyptians English Estonians
Ethiopians Filipinos Finns French Georgians Germans Ghanaians Greeks Hungarians Icelanders Indians Indonesians
Iranians Iraqis Irish Israelis Italians Jamaicans Japanese Jordanians Kenyans Koreans Kurds Latvians Lebanese Libyans
Lithuanians Malaysians Mexicans Mongolians Moroccans Nepalis New_Zealanders Nigerians Norwegians Pakistanis
Palestinians Peruvians Poles Portuguese Romanians Russians Saudis Scots Senegalese Serbs Slovaks Slovenes Somalis
South_Africans Spaniards Sri_Lankans Sudanese Swedes Swiss Syrians Taiwanese Thais Tunisians Turks Ugandans Ukrainians
Uruguayans Venezuelans Vietnamese Welsh Yemenis Zambians Zimbabweans Frenchmen Englishmen Irishmen Dutchmen
Frenchwomen Kiwis Aussies
"""
)

PRODUCTS = _words(
    """
Galaxy_S21 iPhone_13 ThinkPad_X1 wireless_mouse blender espresso_machine Deluxe_Kettle air_fryer winter_jacket
running_shoes Premium_Plan Gold_Card smart_thermostat noise-cancelling_headphones office_chair standing_desk
4K_monitor baby_monitor electric_toothbrush cordless_drill garden_hose camping_tent yoga_mat mountain_bike
vacuum_cleaner dishwasher fridge_freezer Home_Hub Fibre_500 family_bundle annual_pass gift_card SIM_card USB-C_cable
laptop_bag router desk_lamp Explorer_Backpack Model_X200 Pro_Max_Charger PowerBank_20000 Silk_Duvet ProBook_450
CoolBreeze_Fan TurboWash_9kg travel_insurance savings_account
"""
)

JOBS = _words(
    """
nurse accountant electrician plumber teacher software_engineer sales_manager receptionist lawyer surgeon driver
carpenter data_analyst project_manager chef bartender journalist photographer architect pharmacist dentist librarian
cashier security_guard HR_manager CFO CEO head_of_procurement team_lead warehouse_worker customer_service_agent
graphic_designer civil_engineer translator welder pilot flight_attendant farmer paramedic social_worker professor
research_assistant intern
"""
)


def _day(rng: random.Random) -> date:
    return (
        date(1930, 1, 1) + timedelta(days=rng.randint(0, 36500))
        if rng.random() < 0.4
        else date(2015, 1, 1) + timedelta(days=rng.randint(0, 5000))
    )


def _ordinal(n: int) -> str:
    return f"{n}{'th' if 10 <= n % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def when(rng: random.Random) -> str:
    """A date in one of its forms: written, numeric, without year, weekday, month, year, relative, feast."""
    d = _day(rng)
    month, short, year, two = MONTHS[d.month - 1], d.strftime("%b"), d.year, f"{d.year % 100:02d}"
    weekday = DAYS[d.weekday()]
    unit = rng.choice(["day", "week", "month", "year"])
    count = rng.choice([*NUMBERS, *map(str, range(2, 31))])
    forms = (
        (6, lambda: f"{month} {d.day}, {year}"),
        (3, lambda: f"{d.day} {month} {year}"),
        (2, lambda: f"{short} {d.day}, {year}"),
        (2, lambda: f"{d.day} {short} {year}"),
        (1, lambda: f"{short}. {d.day}"),
        (2, lambda: f"{_ordinal(d.day)} {month}"),
        (2, lambda: f"{_ordinal(d.day)} of {month}"),
        (2, lambda: f"{month} {_ordinal(d.day)}"),
        (2, lambda: f"{month} {d.day}"),
        (1, lambda: f"the {_ordinal(d.day)}"),
        (2, lambda: f"{d.day} {month}"),
        (2, lambda: f"{month} {year}"),
        (1, lambda: f"{short} {year}"),
        (2, lambda: month),
        (3, lambda: str(year)),
        (5, lambda: d.isoformat()),
        (3, lambda: f"{d.day:02d}/{d.month:02d}/{year}"),
        (3, lambda: f"{d.month}/{d.day}/{year}"),
        (2, lambda: f"{d.month}/{d.day}/{two}"),
        (2, lambda: f"{d.day:02d}.{d.month:02d}.{year}"),
        (1, lambda: f"{d.day}.{d.month}.{two}"),
        (1, lambda: f"{d.day:02d}-{d.month:02d}-{year}"),
        (1, lambda: f"{d.day:02d}-{short}-{two}"),
        (1, lambda: f"{year}/{d.month:02d}/{d.day:02d}"),
        (1, lambda: f"{d.day}/{d.month}"),
        (1, lambda: f"{d.isoformat()}T{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"),
        (4, lambda: weekday),
        (1, lambda: rng.choice(SHORT_DAYS)),
        (2, lambda: f"{weekday}, {month} {d.day}"),
        (1, lambda: f"{weekday} {_ordinal(d.day)}"),
        (2, lambda: f"{rng.choice(['next', 'last', 'this'])} {weekday}"),
        (
            1,
            lambda: (
                f"{rng.choice(['next', 'last', 'this'])} {rng.choice(['week', 'month', 'year', 'weekend'])}"
            ),
        ),
        (
            3,
            lambda: rng.choice(
                [
                    "yesterday",
                    "today",
                    "tomorrow",
                    "tonight",
                    "this morning",
                    "last night",
                    "yesterday evening",
                ]
            ),
        ),
        (2, lambda: f"{count} {unit}s ago"),
        (1, lambda: f"in {count} {unit}s"),
        (1, lambda: f"a {unit} ago"),
        (1, lambda: f"{weekday} {rng.choice(['morning', 'afternoon', 'evening', 'night'])}"),
        (1, lambda: f"the {rng.randint(2, 9)}0s"),
        (1, lambda: f"{rng.randint(192, 202)}0s"),
        (1, lambda: f"{rng.choice(['early', 'late', 'mid'])} {month}"),
        (
            1,
            lambda: (
                f"{rng.choice(['spring', 'summer', 'autumn', 'winter', 'fall'])} {rng.choice([str(year), 'of ' + str(year)])}"
            ),
        ),
        (1, lambda: rng.choice(HOLIDAYS).replace("_", " ")),
        (1, lambda: f"Q{rng.randint(1, 4)} {year}"),
        (1, lambda: f"{d.month:02d}/{year}"),
        (1, lambda: f"{d.day} {month[:3].upper()} {year}"),
    )
    text = rng.choices([form for _, form in forms], [weight for weight, _ in forms])[0]()
    roll = rng.random()
    return text.lower() if roll < 0.07 else text.upper() if roll < 0.09 else text


def clock(rng: random.Random) -> str:
    """A time of day."""
    hour, minute = rng.randint(0, 23), rng.choice((0, 15, 30, 45, rng.randint(0, 59)))
    half = "am" if hour < 12 else "pm"
    twelve = hour % 12 or 12
    return rng.choice(
        (
            f"{hour:02d}:{minute:02d}",
            f"{hour}:{minute:02d}",
            f"{twelve}:{minute:02d} {half}",
            f"{twelve}:{minute:02d}{half}",
            f"{twelve} {half}",
            f"{twelve}{half}",
            f"{twelve}:{minute:02d} {half.upper()}",
            f"{twelve} {half[0]}.m.",
            f"{hour:02d}:{minute:02d}:{rng.randint(0, 59):02d}",
            f"{twelve} o'clock",
            "noon",
            "midnight",
            f"half past {rng.choice(NUMBERS)}",
            f"quarter to {rng.choice(NUMBERS)}",
            f"{hour:02d}h{minute:02d}",
            f"{hour:02d}.{minute:02d}",
            f"{hour:02d}:{minute:02d} UTC",
        )
    )


_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def age(rng: random.Random) -> str:
    """A number of years, in digits or (seldom) words."""
    n = rng.randint(1, 99)
    if rng.random() < 0.1:
        word = _TENS[rng.randint(0, 7)]
        return word if rng.random() < 0.4 else f"{word}-{rng.choice(['one', *NUMBERS[:8]])}"
    return str(n)


def age_phrase(rng: random.Random) -> str:
    """An age as it stands before or after a person."""
    n = age(rng)
    return rng.choice(
        (
            f"{n}-year-old",
            f"{n} year old",
            f"{n} years old",
            f"{n} yo",
            f"{n}yo",
            f"{n} y/o",
            f"{n} yrs old",
            f"aged {n}",
            f"age {n}",
            f"{n} years of age",
            f"{n}-years-old",
            f"{rng.randint(2, 30)} months old",
            f"{rng.randint(2, 30)}-month-old",
            f"{n}yrs",
            f"{n} y.o.",
        )
    )


def filler(rng: random.Random, kind: str, name: str) -> str:
    """Text for what other detectors find or nobody looks for. name: for e-mail addresses, lower-cased."""
    digits = "".join(rng.choice(string.digits) for _ in range(20))
    word = "".join(c for c in name.lower() if c.isalnum()) or "info"
    domain = f"{rng.choice(['mail', 'example', word, 'post', 'webmail', 'corp', 'gmail', 'shop', 'acme'])}{rng.choice(['', digits[:2], '-online'])}.{rng.choice(['com', 'org', 'net', 'co.uk', 'de', 'io', 'fr'])}"
    if kind == "phone":
        form = rng.choice(
            (
                "+1 ### ### ####",
                "(###) ###-####",
                "###-###-####",
                "+44 #### ######",
                "0## ### ####",
                "+49 ### #######",
                "##########",
                "### ### ###",
                "+## # ## ## ## ##",
                "0#-########",
                "###.###.####",
                "(0##) #### ####",
                "+#########",
                "## ## ## ##",
                "1-###-###-####",
            )
        )
        return "".join(rng.choice(string.digits) if c == "#" else c for c in form)
    if kind == "card":
        return rng.choice(
            (
                f"4{digits[:15]}",
                f"5{digits[:3]} {digits[3:7]} {digits[7:11]} {digits[11:15]}",
                f"4{digits[:3]}-{digits[3:7]}-{digits[7:11]}-{digits[11:15]}",
                f"37{digits[:13]}",
                digits[:12],
            )
        )
    if kind == "iban":
        land = rng.choice(["DE", "GB", "FR", "NL", "ES", "CH", "IT"])
        return rng.choice(
            (
                f"{land}{digits[:20]}",
                f"{land}{digits[:2]} {digits[2:6]} {digits[6:10]} {digits[10:14]} {digits[14:18]}",
                f"GB{digits[:2]}{''.join(rng.choices(string.ascii_uppercase, k=4))}{digits[:14]}",
            )
        )
    if kind == "number":
        return rng.choice(
            (
                digits[0],
                digits[:2],
                digits[:3],
                digits[:4],
                digits[:6],
                f"{digits[:1]},{digits[1:4]}",
                f"{digits[0]}.{digits[1]}",
            )
        )
    makers = {
        "email": lambda: (
            f"{word}{rng.choice(['', digits[:2], '.' + rng.choice(string.ascii_lowercase), '_' + digits[:1]])}@{domain}"
        ),
        "ssn": lambda: f"{digits[:3]}-{digits[3:5]}-{digits[5:9]}" if rng.random() < 0.8 else digits[:9],
        "ip": lambda: (
            ".".join(str(rng.randint(0, 255)) for _ in range(4))
            if rng.random() < 0.8
            else f"2001:db8:{digits[:4]}::{digits[4:6]}"
        ),
        "url": lambda: (
            f"{rng.choice(['https://', 'http://', 'www.'])}{domain}/{rng.choice(['', 'login', 'a/' + digits[:4], 'index.html', 'help'])}"
        ),
        "domain": lambda: domain,
        "amount": lambda: rng.choice(
            (
                f"${digits[:3]}",
                f"${digits[:2]}.{digits[2:4]}",
                f"£{digits[:2]}",
                f"{digits[:3]} EUR",
                f"€{digits[:2]},{digits[2:4]}",
                f"{digits[:1]},{digits[1:4]} dollars",
                f"USD {digits[:4]}",
                f"{digits[:2]} pounds",
            )
        ),
        "ref": lambda: rng.choice(
            (
                f"{''.join(rng.choices(string.ascii_uppercase, k=2))}-{digits[:6]}",
                f"#{digits[:5]}",
                f"INC{digits[:7]}",
                digits[:8],
                f"{rng.choice('ABCDEF')}{digits[:4]}-{digits[4:7]}",
                f"{digits[:3]}-{digits[3:10]}-{digits[10:17]}",
            )
        ),
        "product": lambda: rng.choice(PRODUCTS).replace("_", " "),
        "job": lambda: rng.choice(JOBS).replace("_", " "),
    }
    return makers[kind]()
