# ruff: noqa: E501
"""Places and postal addresses for the PII training text.

Names of towns come from the geographical tables of the ``phonenumbers`` package (Apache-2.0), a dependency anyhow: 20,000 real
towns of 40 countries, where Faker's English locales invent theirs. Layouts of addresses are written here.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    """The words of a table; an underscore stands for a space in a word."""
    return text.split()


WORLD_CITIES = _words(
    """
London Paris Berlin Madrid Rome Vienna Prague Warsaw Budapest Amsterdam Brussels Lisbon Dublin Copenhagen Oslo
Stockholm Helsinki Athens Istanbul Moscow Kyiv Bucharest Sofia Belgrade Zagreb Ljubljana Bratislava Tallinn Riga
Vilnius Minsk Zurich Geneva Basel Milan Naples Turin Venice Florence Barcelona Valencia Seville Bilbao Porto Lyon
Marseille Nice Bordeaux Toulouse Lille Hamburg Munich Cologne Frankfurt Stuttgart Leipzig Dresden Rotterdam Utrecht
Antwerp Ghent Manchester Birmingham Liverpool Leeds Glasgow Edinburgh Cardiff Belfast Bristol Sheffield Nottingham
Newcastle Cork Galway Tokyo Osaka Kyoto Nagoya Seoul Busan Beijing Shanghai Shenzhen Guangzhou Chengdu Wuhan Hong_Kong
Taipei Singapore Bangkok Hanoi Saigon Jakarta Surabaya Manila Kuala_Lumpur Mumbai Delhi New_Delhi Bangalore Chennai
Kolkata Hyderabad Pune Karachi Lahore Dhaka Colombo Kathmandu Kabul Tehran Baghdad Damascus Beirut Amman Jerusalem
Tel_Aviv Haifa Cairo Alexandria Tripoli Tunis Algiers Casablanca Rabat Dakar Accra Lagos Abuja Nairobi Kampala
Addis_Ababa Dar_es_Salaam Lusaka Harare Johannesburg Cape_Town Durban Pretoria Luanda Kinshasa Dubai Abu_Dhabi Doha
Riyadh Jeddah Kuwait_City Muscat Sydney Melbourne Brisbane Perth Adelaide Canberra Hobart Auckland Wellington
Christchurch Toronto Montreal Vancouver Calgary Ottawa Edmonton Winnipeg Quebec_City Halifax New_York Los_Angeles
Chicago Houston Phoenix Philadelphia San_Antonio San_Diego Dallas San_Jose Austin Jacksonville Columbus Indianapolis
Charlotte San_Francisco Seattle Denver Washington Nashville Boston El_Paso Detroit Portland Las_Vegas Memphis
Louisville Baltimore Milwaukee Albuquerque Tucson Fresno Sacramento Atlanta Omaha Miami Minneapolis Tulsa Tampa
New_Orleans Cleveland Honolulu Anchorage Pittsburgh Cincinnati St._Louis Brooklyn Manhattan Queens Harlem Mexico_City
Guadalajara Monterrey Tijuana Cancun Havana Kingston San_Juan Santo_Domingo Panama_City Bogota Medellin Cali Caracas
Quito Lima Cusco La_Paz Santiago Valparaiso Buenos_Aires Cordoba Rosario Montevideo Asuncion Sao_Paulo São_Paulo
Rio_de_Janeiro Brasilia Salvador Recife Fortaleza Curitiba Reykjavik Nuuk Valletta Nicosia Monaco Luxembourg Tbilisi
Yerevan Baku Tashkent Almaty Ulaanbaatar
"""
)

COUNTRIES = _words(
    """
Afghanistan Albania Algeria Andorra Angola Argentina Armenia Australia Austria Azerbaijan Bahamas Bahrain Bangladesh
Barbados Belarus Belgium Belize Benin Bhutan Bolivia Bosnia Botswana Brazil Brunei Bulgaria Burundi Cambodia Cameroon
Canada Chad Chile China Colombia Congo Costa_Rica Croatia Cuba Cyprus Czechia Czech_Republic Denmark Dominica
Dominican_Republic Ecuador Egypt El_Salvador Eritrea Estonia Ethiopia Fiji Finland France Gabon Gambia Georgia Germany
Ghana Greece Greenland Grenada Guatemala Guinea Guyana Haiti Honduras Hungary Iceland India Indonesia Iran Iraq
Ireland Israel Italy Ivory_Coast Jamaica Japan Jordan Kazakhstan Kenya Kosovo Kuwait Kyrgyzstan Laos Latvia Lebanon
Liberia Libya Liechtenstein Lithuania Luxembourg Madagascar Malawi Malaysia Maldives Mali Malta Mauritius Mexico
Moldova Monaco Mongolia Montenegro Morocco Mozambique Myanmar Namibia Nepal Netherlands The_Netherlands New_Zealand
Nicaragua Niger Nigeria North_Korea North_Macedonia Norway Oman Pakistan Palestine Panama Paraguay Peru Philippines
Poland Portugal Qatar Romania Russia Rwanda Samoa San_Marino Saudi_Arabia Scotland England Wales Northern_Ireland
Senegal Serbia Seychelles Sierra_Leone Singapore Slovakia Slovenia Somalia South_Africa South_Korea South_Sudan Spain
Sri_Lanka Sudan Suriname Sweden Switzerland Syria Taiwan Tajikistan Tanzania Thailand Togo Tonga Trinidad_and_Tobago
Tunisia Turkey Türkiye Turkmenistan Uganda Ukraine United_Arab_Emirates UAE United_Kingdom UK U.K. Great_Britain
United_States USA U.S.A. US U.S. United_States_of_America America Uruguay Uzbekistan Vanuatu Venezuela Vietnam
Viet_Nam Yemen Zambia Zimbabwe Puerto_Rico Hong_Kong Macau Deutschland España Italia Österreich Schweiz Polska Sverige
Norge Danmark Suomi Brasil México Holland
"""
)

US_STATES = dict(
    item.split(":")
    for item in _words(
        """
AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut DE:Delaware FL:Florida GA:Georgia
HI:Hawaii ID:Idaho IL:Illinois IN:Indiana IA:Iowa KS:Kansas KY:Kentucky LA:Louisiana ME:Maine MD:Maryland
MA:Massachusetts MI:Michigan MN:Minnesota MS:Mississippi MO:Missouri MT:Montana NE:Nebraska NV:Nevada NH:New_Hampshire
NJ:New_Jersey NM:New_Mexico NY:New_York NC:North_Carolina ND:North_Dakota OH:Ohio OK:Oklahoma OR:Oregon
PA:Pennsylvania RI:Rhode_Island SC:South_Carolina SD:South_Dakota TN:Tennessee TX:Texas UT:Utah VT:Vermont VA:Virginia
WA:Washington WV:West_Virginia WI:Wisconsin WY:Wyoming DC:Washington_DC
"""
    )
)

REGIONS = _words(
    """
Ontario Quebec British_Columbia Alberta Manitoba Saskatchewan Nova_Scotia New_Brunswick NSW New_South_Wales Victoria
Queensland Tasmania South_Australia Western_Australia QLD VIC Bavaria Saxony Hesse Lower_Saxony Bayern Hessen
Brandenburg North_Rhine-Westphalia Catalonia Andalusia Galicia Tuscany Lombardy Sicily Veneto Piedmont Provence
Normandy Brittany Burgundy Kent Surrey Essex Sussex Cornwall Devon Yorkshire West_Yorkshire Lancashire Cumbria Norfolk
Suffolk Dorset Somerset Co._Cork County_Kerry Jalisco Yucatán Sonora Oaxaca Minas_Gerais Bahia Paraná Punjab Gujarat
Kerala Tamil_Nadu Maharashtra Karnataka West_Bengal Sindh Guangdong Sichuan Hunan Hokkaido Kanagawa Chiba Saitama
Gauteng KwaZulu-Natal Western_Cape Lagos_State Rivers_State Skåne Jutland Zealand Lapland Silesia Mazovia Transylvania
Siberia Crimea Tirol Steiermark Zuid-Holland Gelderland Flanders Wallonia
"""
)

LANDMARKS = _words(
    """
Europe Asia Africa South_America North_America Scandinavia the_Balkans the_Middle_East the_Alps the_Andes the_Rockies
Lake_Geneva Lake_Tahoe Lake_Como Loch_Ness the_Black_Forest the_Nile the_Danube the_Rhine the_Thames Mount_Fuji
Kilimanjaro the_Sahara Long_Island Staten_Island Silicon_Valley Wall_Street Times_Square Central_Park Hyde_Park
Heathrow Gatwick JFK Schiphol O'Hare Grand_Central King's_Cross Penn_Station Gare_du_Nord Trafalgar_Square Piccadilly
Soho Notting_Hill Camden Shoreditch Kreuzberg Montmartre Shibuya Bondi Bali Crete Corfu Mallorca Ibiza Tenerife
Sardinia Corsica Hawaii Maui Okinawa Phuket Goa Zanzibar the_Cotswolds the_Lake_District the_Highlands Isle_of_Wight
Jersey Guernsey the_Hague the_Bronx Cape_Cod Yosemite Yellowstone Patagonia the_Amazon Gibraltar
"""
)

STREET_WORDS = _words(
    """
Main Oak Park Elm Maple Cedar Pine Lake Hill Church Mill River Spring Washington Franklin Highland Forest Jackson
Lincoln Sunset Meadow Chestnut Willow Cherry Dogwood Ridge Center Broad Market Water Prospect Union Station High
School Victoria Albert King Queen York Grove Castle Bridge Manor Orchard Abbey Kings Queens Green Garden Rose Lavender
Hawthorn Birch Beech Ash Fox Deer Eagle Falcon Stone Sand Valley Vista Harbor Ocean Bay Summit Liberty Independence
Heritage Pioneer College University Industrial Commerce Railroad Canal Dock Wharf Wigley Goldilea Bellion Romines
Veltri Bassel Pretty_View Cemetery Old_Mill Hidden_Valley Rocky_Point Quarry Sycamore
"""
)

STREET_TYPES = _words(
    """
St St. Street Ave Ave. Avenue Rd Rd. Road Ln Ln. Lane Dr Dr. Drive Blvd Blvd. Boulevard Ct Ct. Court Pl Place Way
Terrace Ter Circle Cir Parkway Pkwy Highway Hwy Square Sq Trail Loop Alley Close Crescent Cres Gardens Grove Mews Row
Walk Rise Hill View Path Plaza Promenade Esplanade Quay Park Green
"""
)

NUMBER_LAST = {
    "de": """{n}straße {n}str. {n}weg {n}platz {n}allee {n}gasse Am_{n} An_der_{n} Auf_dem_{n} {n}ring {n}damm {n} {n}_Straße""",
    "nl": """{n}straat {n}weg {n}laan {n}plein {n}gracht {n}kade {n}dijk {n}hof""",
    "sv": """{n}vägen {n}gatan {n}gränd {n}torget {n}v. {n}g. {n}stigen""",
    "no": """{n}veien {n}gata {n}vegen {n}_gate {n}svingen {n}tunet""",
    "da": """{n}vej {n}gade {n}_Alle {n}parken {n}stræde {n}bakken""",
    "fi": """{n}katu {n}tie {n}kuja {n}polku {n}nkatu {n}ntie""",
    "pl": """ul._{n} ul._{n}a al._{n}a Os._{n}e pl._{n} {n}a""",
    "cs": """{n}ova {n}ská {n}_ulice {n} U_{n}""",
    "hu": """{n}_utca {n}_út {n}_u. {n}_tér {n}_krt. {n}_köz""",
    "it": """Via_{n} Viale_{n} Piazza_{n} Corso_{n} Via_dei_{n} Largo_{n} V.le_{n} Strada_{n}""",
    "es": """Calle_{n} C/_{n} Avda._{n} Av._{n} Avenida_{n} Paseo_{n} Plaza_{n} Calle_de_{n} Ronda_{n} Carrera_{n} Camino_{n}""",
    "pt": """Rua_{n} R._{n} Avenida_{n} Av._{n} Travessa_{n} Praça_{n} Rua_da_{n} Alameda_{n} Largo_{n}""",
    "tr": """{n}_Sokak {n}_Cad. {n}_Caddesi {n}_Mah. {n}_Sk.""",
    "sl": """{n}va_ulica {n}va {n}_cesta Ulica_{n} {n}ska_ul.""",
    "ro": """Str._{n} Strada_{n} Bd._{n} Aleea_{n} Calea_{n}""",
    "is": """{n}gata {n}vegur {n}stígur {n}braut {n}holt {n}hlíð""",
    "ru": """ul._{n}a ul._{n}aya {n}skaya_ulitsa pr._{n}a prospekt_{n}a per._{n}""",
    "el": """{n} Leoforos_{n} Odos_{n} {n}_St.""",
    "id": """Jl._{n} Jalan_{n} Gg._{n} Jln._{n}_Raya""",
    "vi": """{n} Đường_{n} {n}_Street Duong_{n}""",
}
NUMBER_FIRST = {
    "fr": """rue_{n} rue_de_{n} rue_du_{n} rue_de_la_{n} avenue_{n} avenue_de_{n} boulevard_{n} place_{n} chemin_de_{n} quai_{n} allée_{n} impasse_{n}
Rue_{n} Rue_de_la_{n} Avenue_{n} Boulevard_{n} Place_de_la_{n} cours_{n} route_de_{n} square_{n}""",
}
_WORD = re.compile(r"[^\W\d_][^\d_/()]*\Z")


@dataclass(frozen=True)
class Country:
    """How addresses look in one country."""

    names: tuple[str, ...]
    code: str
    """telephone prefix, under which the towns are found"""
    language: str
    postcode: str
    """# digit, @ letter"""
    layout: str
    """of the second line: {zip} {city} {region}"""


COUNTRIES_OF_ADDRESSES = tuple(
    Country(tuple(n.split("/")), code, language, postcode, layout)
    for n, code, language, postcode, layout in (
        ("United States/USA/US/U.S.A.", "1", "us", "#####", "{city}, {region} {zip}"),
        ("Canada/CA", "1", "us", "@#@ #@#", "{city}, {region} {zip}"),
        (
            "United Kingdom/UK/England/Great Britain",
            "44",
            "en",
            "@@## #@@|@# #@@|@@# #@@",
            "{city} {zip}|{city}, {zip}|{city}\n{zip}",
        ),
        ("Australia/AU", "61", "en", "####", "{city} {region} {zip}|{city}, {region} {zip}"),
        ("New Zealand/NZ", "64", "en", "####", "{city} {zip}"),
        ("Ireland/Eire", "353", "en", "@## @##@", "{city}|Co. {city}|{city} {zip}"),
        ("South Africa", "27", "en", "####", "{city}, {zip}|{city} {zip}"),
        ("India/IN", "91", "en", "######|### ###", "{city} {zip}|{city} - {zip}|{city}, {region} {zip}"),
        ("Nigeria", "234", "en", "######", "{city}|{city} {zip}"),
        ("Singapore", "", "en", "######", "Singapore {zip}"),
        ("Germany/Deutschland/DE", "49", "de", "#####|D-#####", "{zip} {city}"),
        ("Austria/Österreich/AT", "43", "de", "####|A-####", "{zip} {city}"),
        ("Switzerland/Schweiz/CH", "41", "de", "####|CH-####", "{zip} {city}"),
        ("Netherlands/Nederland/NL/The Netherlands", "31", "nl", "#### @@", "{zip} {city}"),
        ("Belgium/België/Belgique/BE", "32", "nl", "####|B-####", "{zip} {city}"),
        ("France/FR", "33", "fr", "#####", "{zip} {city}|{zip} {CITY}"),
        ("Belgium/Belgique", "32", "fr", "####", "{zip} {city}"),
        ("Spain/España/ES", "34", "es", "#####", "{zip} {city}|{zip} {city} ({region})"),
        ("Mexico/México/MX", "52", "es", "#####|C.P. #####", "{zip} {city}, {region}|{city}, {zip}"),
        ("Argentina", "54", "es", "####|@####@@@", "{city}, {zip}|{zip} {city}"),
        ("Italy/Italia/IT", "39", "it", "#####|I-#####", "{zip} {city}|{zip} {city} @@|{zip}-{city} @@"),
        ("Portugal/PT", "351", "pt", "####-###", "{zip} {city}"),
        (
            "Brazil/Brasil/BR",
            "55",
            "pt",
            "#####-###",
            "{city} - {region}\n{zip}|{city}-{region}, {zip}|{zip} {city}",
        ),
        ("Sweden/Sverige/SE", "46", "sv", "### ##", "{zip} {city}|{zip} {CITY}"),
        ("Norway/Norge/NO", "47", "no", "####", "{zip} {city}|{zip} {CITY}"),
        ("Denmark/Danmark/DK", "45", "da", "####|DK-####", "{zip} {city}|{zip} København K"),
        ("Greenland/GL", "299", "da", "####", "{zip} {city}"),
        ("Finland/Suomi/FI", "358", "fi", "#####|FI-#####", "{zip} {city}|{zip} {CITY}"),
        ("Poland/Polska/PL", "48", "pl", "##-###", "{zip} {city}"),
        ("Czech Republic/Czechia/CZ", "420", "cs", "### ##", "{zip} {city}"),
        ("Hungary/Magyarország/HU", "36", "hu", "####", "{zip} {city}|{city}, {zip}"),
        ("Slovenia/Slovenija/SI", "386", "sl", "####", "{zip} {city}"),
        ("Croatia/Hrvatska/HR", "385", "sl", "#####", "{zip} {city}"),
        ("Romania/România", "40", "ro", "######", "{zip} {city}|{city} {zip}"),
        ("Turkey/Türkiye/TR", "90", "tr", "#####", "{zip} {city}|{city}/{region}"),
        ("Iceland/Ísland/IS", "354", "is", "###|IS-###", "{zip} {city}"),
        ("Greece/GR", "30", "el", "### ##", "{zip} {city}|{city} {zip}"),
        ("Russia/Russian Federation/RU", "7", "ru", "######", "{city}, {zip}|{zip} {city}"),
        ("Ukraine", "380", "ru", "#####", "{city}, {zip}"),
        ("Japan/JP", "81", "jp", "###-####", "{city} {zip}|{zip} {city}"),
        ("China/PRC", "86", "cn", "######", "{city} {zip}|{city}, {region} {zip}"),
        ("South Korea", "82", "cn", "#####", "{city} {zip}"),
        ("Indonesia", "62", "id", "#####", "{city} {zip}"),
        ("Vietnam/VN", "84", "vi", "######", "{city}|{city} {zip}"),
        ("Cyprus/CY", "30", "el", "####", "{zip} {city}"),
        ("Uruguay", "54", "es", "#####", "{zip} {city}"),
        ("Tunisia/Tunisie", "212", "fr", "####", "{zip} {city}"),
    )
)


def towns(code: str) -> list[str]:
    """Real towns under a telephone prefix, with ``, region`` cut off; sorted."""
    from phonenumbers.geodata import GEOCODE_DATA

    found = set()
    for prefix, names in GEOCODE_DATA.items():
        if prefix.startswith(code):
            name = names.get("en") or next(iter(names.values()))
            name = re.split(r", | - |/", name)[0]
            if (
                _WORD.match(name)
                and 3 <= len(name) <= 24
                and not re.search(r"(?i)region|province|county|part of", name)
            ):
                found.add(name)
    return sorted(found)


def towns_with_region(code: str) -> list[tuple[str, str]]:
    """(town, region) pairs where the table has both."""
    from phonenumbers.geodata import GEOCODE_DATA

    found = set()
    for prefix, names in GEOCODE_DATA.items():
        name = names.get("en", "")
        parts = re.split(r", | - ", name)
        if prefix.startswith(code) and len(parts) == 2 and "/" not in name and all(map(_WORD.match, parts)):
            found.add((parts[0], parts[1]))
    return sorted(found)


def postcode(rng: random.Random, form: str) -> str:
    """A postal code in one of the forms, # digits, @ letters."""
    out = []
    for char in rng.choice(form.split("|")):
        if char == "#":
            out.append(rng.choice("0123456789"))
        elif char == "@":
            out.append(rng.choice("ABCDEFGHKLMNPRSTUVWXY"))
        else:
            out.append(char)
    return "".join(out)


def street(rng: random.Random, language: str, noun: str) -> str:
    """Street and number in the way of the language; noun: a name or word the street is called after."""
    number = str(rng.choice((rng.randint(1, 99), rng.randint(1, 999), rng.randint(100, 9999))))
    if language in NUMBER_LAST:
        name = _spaced(rng.choice(NUMBER_LAST[language].split())).format(n=noun)
        house = number[-3:].lstrip("0") or "1"
        house += rng.choice(
            [
                "",
                "",
                "",
                "a",
                "B",
                f"/{rng.randint(1, 20)}",
                f"-{rng.randint(1, 9)}",
                f", {rng.randint(1, 9)}º",
            ]
        )
        join = rng.choice([" ", " ", " ", ", ", ", n° "]) if language in ("it", "es", "pt", "ru") else " "
        if rng.random() < 0.2:
            return f"{house} {name}"
        return f"{name}{join}{house}"
    if language in NUMBER_FIRST:
        name = _spaced(rng.choice(NUMBER_FIRST["fr"].split())).format(n=noun)
        return f"{number[-3:].lstrip('0') or '3'}{rng.choice([' ', ', ', ' bis '] if rng.random() < 0.3 else [' '])}{name}"
    if language == "jp":
        return f"{rng.randint(1, 9)}-{rng.randint(1, 40)}-{rng.randint(1, 30)} {noun}" + rng.choice(
            ["-cho", "", "-machi", "-ku"]
        )
    if language == "cn":
        return f"{rng.choice(['No. ', ''])}{number[-3:]} {noun} {rng.choice(['Road', 'Lu', 'Jie', 'Street', '-ro', '-gil', 'Rd'])}"
    base = _spaced(rng.choice(STREET_WORDS)) if rng.random() < 0.6 else noun
    if rng.random() < 0.08:
        base = f"{rng.randint(1, 99)}{rng.choice(['st', 'nd', 'rd', 'th'])}"
    way = rng.choice(["", "", "", "", "N ", "S. ", "West ", "E "]) if language == "us" else ""
    line = f"{number} {way}{base} {rng.choice(STREET_TYPES)}"
    return (
        f"{line} {rng.choice(['NW', 'SE', 'North', 'S'])}"
        if language == "us" and rng.random() < 0.05
        else line
    )


def unit(rng: random.Random) -> str:
    """Part of a building."""
    kind = rng.choice(
        [
            "Apt.",
            "Apt",
            "Suite",
            "Unit",
            "Flat",
            "Floor",
            "Room",
            "#",
            "Ste.",
            "Building",
            "Bldg",
            "Apartment",
            "Block",
            "Lot",
        ]
    )
    number = rng.choice(
        [
            str(rng.randint(1, 999)),
            str(rng.randint(1, 40)),
            rng.choice("ABCDEFG"),
            f"{rng.randint(1, 30)}{rng.choice('ABCD')}",
        ]
    )
    return f"{kind}{'' if kind == '#' else ' '}{number}"


def _spaced(text: str) -> str:
    return text.replace("_", " ")
