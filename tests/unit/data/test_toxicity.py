"""Abuse in its variety, and what only sounds like it."""

from __future__ import annotations

import pytest

from tests.fixtures.examples import example, fate
from tunewright.core.types import Drop, Hold, Keep
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.steps.toxicity import ToxicityOptions, toxicity
from tunewright.data.toxicity import toxicity as how_toxic

ABUSE = [
    "you people are useless idiots",
    "are you brain-dead?",
    "You bunch of morons lost my parcel again",
    "this is the dumbest support team, total imbeciles",
    "shut your mouth and give me my money back you thieving crooks",
    "I hope you all lose your jobs and rot",
    "go to hell with your app",
    "f*ck you and your stupid bank",
    "you are a worthless piece of sh1t",
    "What a pack of incompetent clowns. Where is my refund?",
    "are you stupid or what? I asked for a refund",
    "only an idiot would design this",
    "How dumb can you be? my card is still blocked",
    "I will find out where you live and burn your office down",
    "kill yourself",
    "Your agents are retards",
    "stupid bitch on the phone hung up on me",
    "you lot are thieves and liars",
    "you're pathetic, all of you",
    "I've never dealt with such brainless idiots in my life",
    "Listen you moron, fix my account",
    "do you even have a brain? card declined again",
    "Get lost you useless robot",
    "a trained monkey could do your job better",
    "You guys suck, absolute scum",
    "y o u  i d i o t s fix this",
    "You're a bunch of scammers and crooks, give me my money",
    "you dumb f**ks charged me twice",
    "hey dumbass, answer me",
    "Screw you guys, closing my account",
    "is there anybody there with half a brain",
    "you incompetent fools",
    "St0p being such an 1diot and answer",
    "You should all be shot",
    "I hope your company goes bankrupt and you all starve, scumbags",
    "what the hell is wrong with you, you braindead cretins",
    "Ihr seid alle Idioten, wo ist mein Paket?",
    "Halt die Fresse und überweist mein Geld",
    "bande d'incapables, rendez-moi mon argent",
    "Vous êtes des connards",
    "Sois unos inútiles y unos ladrones",
    "hijos de puta devuélvanme mi dinero",
    "siete degli incapaci, vergogna idioti",
    "Stelletje oplichters, geef mijn geld terug",
    "Jesteście bandą idiotów",
    "are you people completely retarded?",
    "suck my dick, cancel my plan",
    "send me nudes or close my account",
    "you fat ugly cow, do your job",
    "your support staff must be inbred",
    "what kind of imbecile wrote this manual",
    "Nice job, geniuses. You absolute muppets.",
    "stupid worthless chatbot, get me a human",
    "wtf is wrong with you morons",
    "You lazy pigs never answer",
    "I swear I'll smash your branch up and beat every one of you",
    "drop dead",
    "you are the most incompetent, lying bunch of cowards I ever met",
    "Eat shit, I'm leaving",
    "u r all dumb af",
]
HARMLESS = [
    "My card was stolen by some thief in Scunthorpe",
    "Sorry for the stupid question, how do I reset my pin?",
    "I'm such an idiot, I forgot my passcode",
    "I feel stupid but where is the settings menu",
    "how do I kill the process when it hangs?",
    "your app is useless without internet, please fix",
    "this app is useless",
    "The service was terrible and I am very disappointed",
    "why is your fee so damn high",
    "where the hell is my refund",
    "I am angry, this is unacceptable and ridiculous",
    "Are you a robot or a human?",
    "is this a bot?",
    "I bought a cocktail at the Dick's Sporting Goods bar",
    "My name is Dick Cock, please update it",
    "I need an assessment of my assets and the class of shares",
    "the analysis of Essex and Middlesex",
    "Can I pay for my dog's insurance?",
    "what a joke, 3 weeks waiting",
    "I was scammed by thieves, please help me",
    "someone cheated me, are they scammers?",
    "My ex called me an idiot and took my card",
    "do you charge for cash withdrawal",
    "this is crap, I want a refund",
    "fucking hell my card got swallowed",
    "pissed off that the transfer failed",
    "you are wrong about the fee",
    "you are not helping me",
    "are you stupidly busy today?",
    "I hate your fees",
    "I hate that the app is slow",
    "This is a waste of time",
    "Do you have a clue when it arrives?",
    "shut down my account please",
    "please shut off notifications",
    "I hope you can help me",
    "I hope the transfer does not fail",
    "the ATM ate my card and then died",
    "my father is dead, how do I close his account?",
    "my mother was charged twice",
    "Your mother tongue setting is wrong",
    "the ugly truth is that my card is broken",
    "can I kill my subscription",
    "the machine is a bit dumb",
    "stupid me, I entered the wrong code",
    "it was a silly mistake of mine",
    "The idiots guide to banking was helpful",
    "gift for my daughter from the Pussycat shop",
    "Do you have a branch in Cockfosters?",
    "I paid for a movie called Stupid Idiot",
    "I work as a sex therapist, is my business allowed?",
    "The rapist in the news used this bank",
    "can you beat the rate of my old bank",
    "will you burn my old documents",
    "I will destroy my card and order another",
    "We will hit you up next week",
    "The thick line is the limit",
    "I'm sick and need help",
    "my kid is mentally ill",
    "what kind of card is best",
    "what kind of people use this",
    "your staff were wonderful, lovely people",
    "You guys are awesome",
    "You are such a great team",
    "I'm not stupid, I know the fee was charged",
    "they treat customers like idiots",
    "I beat cancer last year, can I get travel insurance",
    "Shut up and take my money! Love this product",
    "I hope my suitcase didn't die",
    "Je ne suis pas bête mais je ne comprends pas",
    "Son muy amables, gracias",
    "Sind Sie sicher?",
]


@pytest.mark.parametrize("text", ABUSE)
def test_abuse_is_found(text: str) -> None:
    found = how_toxic(text)
    assert found is not None
    assert found.confidence >= 0.6
    assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_sounds_like_it_is_let_be(text: str) -> None:
    found = how_toxic(text)
    assert found is None or found.confidence < 0.6


def test_who_says_it_and_the_options_decide() -> None:
    rude, calm = "you people are useless idiots", "Where is my card?"
    run = toxicity(ToxicityOptions(), {})
    assert [fate(outcome) for outcome in run([example(rude, "ok"), example(calm, rude), example(calm)])] == [
        "toxic_prompt", "toxic_reply", "kept",
    ]  # fmt: skip
    marked = toxicity(ToxicityOptions(prompts="mark"), {})([example(rude)])[0]
    assert isinstance(marked, Keep)
    assert marked.example.labels == ("toxic:insult",)
    assert isinstance(toxicity(ToxicityOptions(prompts="hold"), {})([example(rude)])[0], Hold)
    assert isinstance(toxicity(ToxicityOptions(prompts="mark"), {})([example(calm, rude)])[0], Drop)


def test_a_person_decides_what_is_doubtful() -> None:
    item = example("only an idiot would design this")
    held = toxicity(ToxicityOptions(), {})([item])[0]
    assert isinstance(held, Hold)
    key = finding_key(item.origin, held.findings[0])
    assert fate(toxicity(ToxicityOptions(), {key: DISMISSED})([item])[0]) == "kept"
    assert isinstance(toxicity(ToxicityOptions(), {key: CONFIRMED})([item])[0], Drop)


def test_a_person_may_bring_back_what_was_sure() -> None:
    item = example("you people are useless idiots")
    dropped = toxicity(ToxicityOptions(), {})([item])[0]
    key = finding_key(item.origin, dropped.findings[0])
    assert fate(toxicity(ToxicityOptions(), {key: DISMISSED})([item])[0]) == "kept"
