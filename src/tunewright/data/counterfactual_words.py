"""Words that a counterfactual exchanges: pairs of gendered words, names in rows of four, pairs of places.

Every table is a set of pairs, so exchanging twice gives the text back. Words with a second common meaning (Mark, Grace,
turkey, nice, ...) are left out on purpose; names are common first names of several regions.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GENDERED = """
he she / himself herself / man woman / men women / boy girl / boys girls / father mother / fathers mothers / dad mum
dads mums / daddy mummy / son daughter / sons daughters / brother sister / brothers sisters / husband wife
husbands wives / uncle aunt / uncles aunts / nephew niece / nephews nieces / grandfather grandmother
grandfathers grandmothers / grandpa grandma / grandson granddaughter / grandsons granddaughters
stepfather stepmother / stepson stepdaughter / stepbrother stepsister / boyfriend girlfriend / boyfriends girlfriends
widower widow / groom bride / gentleman lady / gentlemen ladies / sir madam / mr mrs / male female / males females
waiter waitress / policeman policewoman / businessman businesswoman / salesman saleswoman / chairman chairwoman
spokesman spokeswoman / godfather godmother / fiancé fiancée / landlord landlady
"""

UNPAIRED = _words(
    """
    mom moms mommy mama papa ma'am miss ms guy guys gal gals lad lads lass bro sis dude actress hostess queen king prince
    princess transgender nonbinary non-binary gender sex maiden ladylike manly
    """
)
"""gendered words without one counterpart: a text with one of them is left alone"""

BOUND = _words(
    """
    pregnant pregnancy maternity paternity menstrual menstruation breastfeeding breastfeed prostate ovarian testicular
    uterus womb miscarriage beard moustache bra hijab
    """
)
"""words that tie a text to one sex: exchanging the others would make it untrue"""

_NAMES = """
james emily mohammed fatima / john sarah ahmed aisha / robert linda hassan zainab / michael susan omar leila
william karen ibrahim yasmin / david nancy yusuf maryam / thomas lisa khalid salma / matthew betty tariq amina
andrew sandra kwame abena / daniel ashley kofi efua / paul kimberly chidi ngozi / steven donna emeka adaeze
kevin diane tunde folake / brian michelle sipho thandi / george laura wei mei / edward rebecca hiroshi yuki
ronald sharon kenji sakura / timothy cynthia takeshi keiko / jason kathleen minho jisoo / jeffrey amy raj priya
ryan shirley arjun ananya / jacob angela vikram kavita / gary helen sanjay sunita / nicholas anna amit pooja
eric brenda rahul deepa / jonathan pamela carlos lucia / stephen nicole miguel carmen / larry samantha javier pilar
justin katherine pablo ines / scott christine andrei irina / brandon debra sergei olga
benjamin rachel dmitri tatiana / samuel janet mehmet defne / gregory catherine emre zeynep / patrick maria nguyen linh
dennis heather marek agnieszka
"""

_PLACES = """
london nairobi / manchester mombasa / liverpool lagos / birmingham accra / edinburgh dakar / berlin manila
munich jakarta / hamburg bangkok / frankfurt hanoi / madrid bogota / barcelona medellin / rome lima / milan quito
vienna cairo / dublin tunis / lisbon luanda / athens amman / prague beirut / warsaw karachi / krakow lahore
budapest dhaka / copenhagen kathmandu / stockholm kampala / oslo kigali / helsinki lusaka / amsterdam harare
brussels kinshasa / zurich maputo / geneva mumbai / chicago jaipur / boston chennai / seattle kolkata
toronto hyderabad / vancouver pune / melbourne seoul / brisbane osaka
"""

NOT_WITH_PLACES = _words(
    """
    euro euros eur pound pounds sterling gbp dollar dollars usd cad aud franc francs chf krona krone zloty forint koruna
    rupee rupees naira shilling shillings cedi peso pesos baht yen won dinar dirham german british english irish french
    spanish italian dutch polish indian nigerian kenyan capital embassy airport stadium university county state zip
    postcode
    """
)
"""words that tie a text to its place: exchanging the place would make it untrue"""


def _pairs(text: str, columns: tuple[tuple[int, int], ...]) -> Mapping[str, str]:
    rows = [row.split() for line in text.strip().splitlines() for row in line.split(" / ")]
    found: dict[str, str] = {}
    for row in rows:
        for one, other in columns:
            found[row[one]] = row[other]
            found[row[other]] = row[one]
    return MappingProxyType(found)


GENDERED: Mapping[str, str] = _pairs(_GENDERED, ((0, 1),))
"""but for him, her, his and hers, which depend on their place in the sentence"""
NAMES_ACROSS: Mapping[str, str] = _pairs(_NAMES, ((0, 1), (2, 3)))
"""to the other sex, within the region"""
NAMES: Mapping[str, str] = _pairs(_NAMES, ((0, 2), (1, 3)))
"""to another region, of the same sex"""
PLACES: Mapping[str, str] = _pairs(_PLACES, ((0, 1),))

TAKES_TWO = _words(
    """
    give gives gave given giving send sends sent sending tell tells told telling show shows showed shown showing offer
    offers offered offering ask asks asked asking pay pays paid paying lend lends lent lending call calls called calling
    make makes made making let lets letting help helps helped helping see sees saw seen seeing watch watches watched
    watching hear hears heard hearing bring brings brought bringing buy buys bought buying get gets got getting teach
    taught teaching hand hands handed handing owe owes owed charge charges charged charging cost costs find found keep
    kept leave left cause caused wish wished grant granted feel felt have had read write wrote
    """
)
"""verbs that may take a person and something more: after them `her` can be either"""

CLOSED = _words(
    """
    a an the this that these those some any no every each my your our their its and or but nor so because if when while
    although though unless until since before after as than to of in on at by for from with without about into onto over
    under through between against during toward towards upon off up down out away back here there now then again today
    yesterday tomorrow tonight soon later already still yet too also either instead anyway is was are were be been being
    am has have had do does did will would can could may might must shall should not who whom which what where why how
    alone ago once twice
    """
)
"""words that cannot open a noun phrase after a possessive"""
