# ruff: noqa: E501
"""Organisations for the PII training text: many shapes, for one shape learnt is one shape found."""

from __future__ import annotations

import random
from collections.abc import Callable


def _words(text: str) -> list[str]:
    """The words of a table; an underscore stands for a space in a word."""
    return text.split()


KNOWN = _words(
    """
Google Microsoft Apple Amazon Facebook Meta Netflix IBM Intel Oracle SAP Cisco Nokia Ericsson Siemens Bosch BMW Audi
Volkswagen Toyota Honda Nissan Sony Panasonic Samsung Hyundai LG Huawei Xiaomi Alibaba Tencent Baidu Walmart Target
Costco Tesco Sainsbury's Lidl Aldi Carrefour IKEA H&M Zara Nike Adidas Puma Gucci L'Oréal Nestlé Unilever Danone
Heineken Carlsberg Coca-Cola PepsiCo Starbucks McDonald's KFC Subway Domino's Uber Lyft Airbnb Booking.com Expedia
Ryanair easyJet Lufthansa Emirates KLM Qantas Boeing Airbus Rolls-Royce Shell BP ExxonMobil Chevron Total Equinor
Gazprom HSBC Barclays Lloyds NatWest Santander BBVA Citibank Chase JPMorgan Goldman_Sachs Morgan_Stanley Wells_Fargo
Bank_of_America PayPal Visa Mastercard American_Express Allianz AXA Zurich_Insurance Prudential Deloitte KPMG PwC EY
McKinsey Accenture Capgemini Infosys Wipro Pfizer Novartis Roche Bayer Merck AstraZeneca Moderna UNICEF UNESCO NATO
WHO NASA FBI CIA NHS HMRC IRS FEMA DHL FedEx UPS Royal_Mail USPS Verizon AT&T T-Mobile Vodafone Orange Telefónica O2
BT Comcast Sky BBC CNN Reuters The_Guardian The_New_York_Times Le_Monde Disney Pixar Harvard MIT Stanford Oxford
Cambridge Yale Princeton Real_Madrid Manchester_United Red_Cross Greenpeace Amnesty_International Oxfam
Save_the_Children European_Commission World_Bank United_Nations Interpol Supreme_Court Slack Zoom Dropbox Spotify
Twitter LinkedIn Reddit GitHub Salesforce Adobe Nvidia AMD Tesla Ford General_Motors Chrysler Fiat Renault Peugeot
Volvo Philips ASML Maersk Lego Vestas Nintendo Sega Canon Nikon Toshiba Hitachi Mitsubishi SoftBank Tata Reliance
Petrobras Vale Embraer Cemex Bimbo Walgreens CVS Best_Buy Home_Depot Macy's eBay Etsy Wikipedia Mozilla Red_Hat Dell
HP Lenovo Asus Motorola Kodak Xerox 3M
"""
)

SUFFIXES = [
    "Inc",
    "Inc.",
    "LLC",
    "Ltd",
    "Ltd.",
    "Limited",
    "Corp",
    "Corp.",
    "Corporation",
    "Co.",
    "Company",
    "plc",
    "PLC",
    "LLP",
    "LP",
    "GmbH",
    "AG",
    "KG",
    "&",
    "Co.",
    "&",
    "Co",
    "&",
    "Sons",
    "&",
    "Daughters",
    "Bros.",
    "Brothers\nGroup",
    "Holdings",
    "International",
    "Partners",
    "Associates",
    "Ventures",
    "Enterprises",
    "Industries",
    "S.A.",
    "SA",
    "S.L.",
    "S.p.A.",
    "SpA",
    "S.r.l.",
    "SARL",
    "SAS",
    "SE",
    "N.V.",
    "NV",
    "B.V.",
    "BV",
    "AB\nOy",
    "Oyj",
    "A/S",
    "AS",
    "ApS",
    "Pty",
    "Pte",
    "Sdn",
    "Bhd",
    "K.K.",
    "Kft.",
    "Zrt.",
    "s.r.o.",
    "d.o.o.",
    "sp.",
    "S.A.S.",
    "S.A.",
    "Ltda",
    "Ltda.",
    "OÜ",
    "UAB",
    "OOO",
    "PJSC",
    "Global",
    "Worldwide",
]
SUFFIXES = [
    s.strip()
    for s in " ".join(SUFFIXES)
    .replace("& Co.", "&_Co.")
    .replace("& Co ", "&_Co ")
    .replace("& Sons", "&_Sons")
    .replace("& Daughters", "&_Daughters")
    .replace("Pty", "Pty_Ltd")
    .replace("Pte", "Pte_Ltd")
    .replace("Sdn Bhd", "Sdn_Bhd")
    .replace("sp.", "Sp._z_o.o.")
    .split()
]

INDUSTRIES = _words(
    """
Consulting Logistics Transport Foods Bakery Brewery Pharma Pharmaceuticals Insurance Bank Capital Finance Investments
Properties Realty Construction Builders Engineering Electric Electronics Energy Power Solar Oil Gas Mining Steel
Motors Automotive Airlines Shipping Freight Travel Tours Hotels Resort Hospital Clinic Dental Pharmacy Labs
Laboratories Biotech Genomics Diagnostics Systems Software Technologies Tech Digital Media Studios Pictures Records
Publishing Press Books News Broadcasting Communications Telecom Wireless Networks Networking Security Robotics
Analytics Data Cloud Design Architects Interiors Furniture Textiles Apparel Fashion Jewelers Cosmetics Beauty Salon
Fitness Sports Toys Games Gaming Entertainment Events Catering Restaurant Cafe Coffee Tea Wines Spirits Farms Dairy
Seafood Organics Garden Landscaping Plumbing Heating Roofing Cleaning Laundry Repairs Hardware Tools Supplies Paper
Packaging Printing Plastics Chemicals Paints Glass Ceramics Marine Aviation Aerospace Defense Legal Law Accounting Tax
Staffing Recruitment Education Academy Learning Training Foundation Trust Charity Church Museum Gallery Theatre
Orchestra Club Association Union Council Services Solutions Management Trading Imports Exports Wholesale Retail Stores
Supermarket Markets Outfitters Rentals Leasing Storage Movers Couriers Express
"""
)

ADJECTIVES = _words(
    """
Blue Green Red Golden Silver Black White Bright Clear Swift Rapid Smart Prime First United National American British
Royal Northern Southern Eastern Western Pacific Atlantic Nordic Alpine Baltic Iberian Global Universal Modern Future
New Old Great Little Happy Lucky Honest Noble Brave Wild Quiet Urban Rural Coastal Central Metro Inter Trans Pan Euro
Advanced Applied Dynamic Creative Independent Premier Superior Quality Reliable Trusted Integrated General Standard
"""
)

NOUNS = _words(
    """
Arrow Anchor Apex Summit Peak Ridge River Lake Ocean Wave Stone Rock Oak Pine Maple Cedar Leaf Seed Root Sun Moon Star
Sky Cloud Rain Storm Thunder Fire Ember Flame Spark Light Lantern Beacon Bridge Gate Tower Castle Crown Shield Sword
Key Lock Compass Atlas Horizon Frontier Harbor Bay Cove Island Fox Wolf Bear Lion Tiger Eagle Falcon Hawk Raven Owl
Swan Dolphin Whale Salmon Bee Ant Spider Horse Stag Bull Elephant Panda Phoenix Dragon Unicorn Nova Orbit Comet Galaxy
Quantum Pixel Vector Matrix Cipher Circuit Signal Pulse Echo Prism Mosaic Canvas Story Chapter Table Kitchen Spoon
Pantry Orchard Meadow Valley Canyon Prairie Desert Glacier Aurora Zenith Nexus
"""
)

FIELDS = _words(
    """
Technology Science Medicine Economics Arts Music Agriculture Mines Engineering Education Public_Health Physics
Astronomy Oceanography Law Business Design Applied_Sciences Foreign_Affairs Finance Justice Health Education Transport
Defence Labour Interior Commerce Environmental_Protection Veterinary_Medicine Journalism
"""
)

ROLES = _words(
    """
Police_Department Fire_Department City_Council School_District High_School Elementary_School Primary_School
Public_Library General_Hospital Medical_Center Community_College State_University Chamber_of_Commerce
Housing_Authority Water_Board Football_Club FC United Rotary_Club Historical_Society Symphony_Orchestra County_Court
Tax_Office Airport_Authority Transit_Authority Credit_Union Savings_Bank Building_Society Gazette Times Herald Post
Tribune Daily_News Botanical_Garden
"""
)

_ONSETS = _words(
    """
b bl br c cl cr d dr f fl fr g gl gr h j k kl kr l m n p pl pr q r s sc sh sk sl sm sn sp st str t th tr tw v w x y z
"""
)
_VOWELS = _words(
    """
a e i o u a e i o ia io ea oo ai ou y
"""
)
_CODAS = ["", "", "", "", "n", "r", "s", "x", "l", "m", "t", "k", "nd", "st", "sk", "v", "z", "p"]
_ENDINGS = _words(
    """
ify ly io ia eo ora ico ex ix on us um is a o y en ar era ium oid ara ana ella ista ada ene yx era
"""
)


def invented(rng: random.Random) -> str:
    """A word nobody has heard yet: Zorvia, TrendPulse, Klyx."""
    roll = rng.random()
    if roll < 0.45:
        word = "".join(
            rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
            for _ in range(rng.choice((1, 2, 2)))
        )
        if rng.random() < 0.6:
            word += rng.choice(_ENDINGS)
    elif roll < 0.7:
        first, second = rng.choice(NOUNS + ADJECTIVES), rng.choice(NOUNS + INDUSTRIES)
        return first + (second if rng.random() < 0.5 else second.lower())
    elif roll < 0.85:
        word = rng.choice(NOUNS).lower()[: rng.randint(3, 6)] + rng.choice(_ENDINGS)
    else:
        word = rng.choice(NOUNS).lower() + rng.choice(
            [
                "hub",
                "lab",
                "works",
                "ware",
                "soft",
                "tech",
                "net",
                "link",
                "mart",
                "pay",
                "bank",
                "bit",
                "zone",
                "force",
                "wise",
            ]
        )
    return word.capitalize() if rng.random() < 0.9 else word.upper()


def acronym(rng: random.Random) -> str:
    """Two to five capitals, now and then with a digit, dots or an ampersand."""
    letters = [rng.choice("ABCDEFGHIKLMNOPRSTUVW") for _ in range(rng.choice((2, 3, 3, 3, 4, 4, 5)))]
    roll = rng.random()
    if roll < 0.06:
        return ".".join(letters) + "."
    if roll < 0.12:
        return f"{letters[0]}&{''.join(letters[1:3])}"
    return "".join(letters)


def organisation(
    rng: random.Random,
    last: Callable[[], str],
    first: Callable[[], str],
    town: Callable[[], str],
    held_out: bool,
) -> str:
    """One organisation. last, first, town draw names; held_out draws the known ones from the part kept for tests."""

    def known() -> str:
        part = [name for i, name in enumerate(KNOWN) if (i % 8 == 3) == held_out]
        return _spaced(rng.choice(part))

    def noun() -> str:
        return rng.choice(NOUNS)

    def industry() -> str:
        return rng.choice(INDUSTRIES)

    def suffixed(name: str) -> str:
        return (
            f"{name}{rng.choice([' ', ' ', ', '])}{_spaced(rng.choice(SUFFIXES))}"
            if rng.random() < 0.4
            else name
        )

    def core() -> str:
        return rng.choice(
            (
                lambda: invented(rng),
                last,
                last,
                noun,
                lambda: f"{rng.choice(ADJECTIVES)} {noun()}",
                town,
                lambda: acronym(rng),
            )
        )()

    shapes: tuple[tuple[int, Callable[[], str]], ...] = (
        (14, known),
        (8, lambda: invented(rng)),
        (8, lambda: suffixed(invented(rng))),
        (5, lambda: acronym(rng)),
        (3, lambda: f"{acronym(rng)} {industry()}"),
        (8, lambda: suffixed(f"{core()} {industry()}")),
        (
            5,
            lambda: suffixed(
                f"{core()} {industry()} & {industry()}"
                if rng.random() < 0.4
                else f"{core()} {noun()} {industry()}"
            ),
        ),
        (5, lambda: f"{last()} {rng.choice(['&', 'and', '+'])} {last()}"),
        (
            3,
            lambda: (
                f"{last()}, {last()} {rng.choice(['&', 'and'])} {last()}"
                + rng.choice(["", " LLP", " Inc", ""])
            ),
        ),
        (3, lambda: f"{last()}-{last()}"),
        (3, lambda: f"{last()} {_spaced(rng.choice(SUFFIXES))}"),
        (2, lambda: f"{last()}'s" if rng.random() < 0.5 else f"{first()}'s {industry()}"),
        (2, lambda: f"{first()} {last()} {rng.choice([industry(), _spaced(rng.choice(SUFFIXES))])}"),
        (
            3,
            lambda: (
                f"{rng.choice(['University', 'College', 'Institute', 'Bank', 'Port', 'City', 'Archdiocese', 'Hospital', 'Church'])} of {town()}"
            ),
        ),
        (
            3,
            lambda: (
                f"{town()} {rng.choice(['University', 'College', 'Institute of', 'School of', 'Academy of'])}".replace(
                    " of", f" of {_spaced(rng.choice(FIELDS))}"
                )
            ),
        ),
        (
            2,
            lambda: (
                f"{rng.choice(['Ministry', 'Department', 'Bureau', 'National Institute', 'Institute', 'Office', 'Faculty', 'Royal Society'])} of {_spaced(rng.choice(FIELDS))}"
            ),
        ),
        (4, lambda: f"{town()} {_spaced(rng.choice(ROLES))}"),
        (
            3,
            lambda: (
                f"The {rng.choice(ADJECTIVES)} {noun()} {rng.choice(['Company', 'Group', 'Project', 'Collective', 'Inn', 'Shop', 'Society', 'Co'])}"
            ),
        ),
        (
            3,
            lambda: (
                f"The {noun()} {rng.choice(['Company', 'Room', 'Foundation', 'Network', 'House', 'Times', 'Factory', 'Store'])}"
            ),
        ),
        (
            2,
            lambda: (
                f"St. {first()}'s {rng.choice(['Hospital', 'Church', 'School', 'College', 'Hospice', 'Parish'])}"
            ),
        ),
        (3, lambda: f"{rng.choice(ADJECTIVES)} {noun()} {industry()}"),
        (3, lambda: f"{rng.choice(ADJECTIVES)} {industry()}"),
        (
            2,
            lambda: (
                f"{noun()} {rng.choice(['&', 'and'])} {noun()}" + rng.choice(["", f" {industry()}", " Ltd"])
            ),
        ),
        (
            1,
            lambda: (
                f"{rng.choice(['Grupo', 'Banco', 'Banco de', 'Société', 'Compagnie', 'Casa', 'Café', 'Hotel', 'Restaurante', 'Autohaus', 'Bäckerei', 'Stadtwerke', 'Klinikum', 'Universität', 'Université de', 'Università di', 'Universidad de', 'Instituto', 'Fundación', 'Stichting', 'Boulangerie', 'Pizzeria', 'Trattoria', 'Gasthaus', 'Verein', 'Apotheke'])} {rng.choice([last, town])()}"
            ),
        ),
        (
            2,
            lambda: (
                f"{rng.choice(['National', 'American', 'European', 'International', 'British', 'World', 'Federal', 'Central', 'African', 'Asian'])} {rng.choice([industry, lambda: _spaced(rng.choice(FIELDS)), noun])()} {rng.choice(['Association', 'Agency', 'Bank', 'Council', 'Authority', 'Federation', 'Fund', 'Service', 'Union', 'Organization', 'Institute'])}"
            ),
        ),
        (2, lambda: f"{invented(rng)}{rng.choice(['.com', '.io', '.net', '.co.uk', '.org', '.ai'])}"),
        (
            2,
            lambda: (
                f"{rng.choice(['Team', 'Studio', 'Club', 'Project', 'Operation', 'Radio', 'Camp', 'Bar', 'Atelier', 'Maison', 'Hotel'])} {core()}"
            ),
        ),
        (
            1,
            lambda: (
                f"{rng.randint(1, 99)}{rng.choice([' ', ''])}{noun()}{rng.choice(['', 's', ' Studios', ' Capital'])}"
            ),
        ),
        (
            2,
            lambda: (
                f"{noun()} {industry()} {rng.choice(['International', 'Group', 'of America', 'UK', 'Europe', 'Asia', f'({town()})', f'of {town()}'])}"
            ),
        ),
    )
    name = rng.choices([shape for _, shape in shapes], [weight for weight, _ in shapes])[0]()
    roll = rng.random()
    if roll < 0.05:
        return name.lower()
    return name.upper() if roll < 0.09 else name


def _spaced(text: str) -> str:
    return text.replace("_", " ")
