"""What short messages show their language by: scripts, and the small words every sentence needs.

The words are function words and the commonest verbs, written down by hand; ``hi`` holds Hindi in Latin letters, which
identifiers trained on encyclopedias do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_WORDS: Mapping[str, str] = {
    "en": """the a an i you he she it we they me my your his her its our their this that these those there here is
    are was
        were be been being am do does did done don't didn't doesn't have has had haven't hasn't will would won't
        can can't could
        should shall may might must and or but if so because as of to in on at by for from with without into about after
        before until than then when where what which who why how not no yes all any some more most much many very
        just only
        also too up out off over again still yet please thanks hello hi help need want get got i'm i've i'd i'll
        it's that's
        what's you're im ive dont cant doesnt wont isnt isn't aren't wasn't us them one two make made take know see
        go now per plus
        die war art hat son sin con pan den ha fort main fin van man men under over dig far fat sent side gift let
        el la de al card
        money account app order never did get use new day days week time way same pay paid""",
    "de": """der die das den dem des ein eine einen einem einer ich du er sie es wir ihr mich mir dich dir uns euch
    mein meine
        meinen meinem meiner dein ihre ihren sein ist sind war waren bin bist hat habe haben hatte wird werden
        wurde kann können
        konnte muss müssen möchte will soll und oder aber wenn weil dass als wie wo was wer wann warum nicht kein
        keine noch
        schon nur auch sehr mehr bitte danke für von zu zum zur mit auf aus bei nach seit über unter um am im vom
        hallo wieder""",
    "fr": """le la les un une des du de je tu il elle nous vous ils elles mon ma mes ton votre vos notre nos son sa
    ses ce cette
        ces est sont était suis es ai as avez avons ont été être avoir fait faire peux peut pouvez pas ne plus que
        qui quoi où
        quand comment pourquoi et ou mais si car donc dans sur sous avec sans pour par chez depuis au aux en
        bonjour merci
        s'il plaît j'ai c'est n'est qu'est d'un d'une très encore toujours rien aussi je n'ai""",
    "es": """el la los las un una unos de del yo tú usted él ella nosotros ustedes mi mis tu su sus me te se nos lo
    le les es son
        era está están estoy fue ser estar he ha han hay tengo tiene puedo puede quiero no que qué quién cómo
        cuándo dónde por
        para con sin sobre desde hasta en al y o pero si porque muy más también ya hola gracias favor este esta
        esto eso ese
        cuando donde como todo nada""",
    "it": """il lo la gli le un uno una di del della dei delle io tu lei lui noi voi mio mia miei tuo suo sua mi ti
    si ci vi è
        sono era ho hai ha abbiamo avete hanno essere avere posso può vorrei non che chi cosa come quando dove
        perché per con
        senza su da dal dalla nel nella al alla e o ma se anche più molto ancora già questo questa ciao grazie
        favore quale""",
    "pt": """o a os as um uma uns do da dos das de eu tu você ele ela nós vocês meu minha meus minhas seu sua me te
    se é são era
        está estão estou foi ser estar tenho tem posso pode quero não que quem como quando onde porquê porque por
        para com sem
        sobre desde até em no na nos nas ao à e ou mas se muito mais também já olá obrigado obrigada favor este
        esta isto isso
        qual pela pelo""",
    "nl": """de het een ik jij je u hij zij we wij jullie mijn uw jouw zijn haar ons onze is was waren ben bent heb
    hebt heeft
        hebben had word wordt werd kan kunnen kunt wil moet niet geen en of maar als omdat dat die dit deze wat wie
        waar wanneer
        waarom hoe voor van met zonder op in uit bij naar tot sinds over om te er al nog ook zeer meer graag dank
        hallo mij""",
    "pl": """ja ty on ona my wy oni mój moja moje moją mojej swoje się jest są był była było być mam ma masz mamy
    mogę może można
        chcę nie tak czy co kto jak kiedy gdzie dlaczego i oraz lub ale jeśli bo że żeby z ze do od na w we po za
        przez przy dla
        o u już jeszcze tylko też bardzo proszę dziękuję dzień dobry ten ta to tego mi mnie moim gdy która który""",
    "sv": """jag du han hon den det vi ni de mig dig oss min mitt mina din ditt er är var vara har hade kan kunde
    vill ska skulle
        måste inte och eller men om att som vad vem var när varför hur för från med utan på i ur till av över en
        ett detta denna
        redan än också mycket mer tack hej snälla""",
    "da": """jeg du han hun den det vi i de mig dig os min mit mine din dit jeres er var være har havde kan kunne
    vil skal skulle
        ikke og eller men hvis at som hvad hvem hvor hvornår hvorfor hvordan for fra med uden på til af over en et
        dette denne
        også meget mere tak hej""",
    "no": """jeg du han hun den det vi dere de meg deg oss min mitt mine din ditt er var være har hadde kan kunne
    vil skal skulle
        ikke og eller men hvis at som hva hvem hvor når hvorfor hvordan for fra med uten på til av over en ei et
        dette denne også
        veldig mer takk hei""",
    "fi": """minä sinä hän me te he minun minulla minulta minulle sinun on ovat oli olen olet olla ei en et eivät
    ja tai mutta
        jos koska että kun mikä mitä missä milloin miksi miten kuka tämä se nyt vielä myös kiitos hei mutta voi
        voin voisitte
        haluan pitäisi ole""",
    "tr": """ben sen o biz siz benim senin bizim sizin bana bir bu şu ve veya ama eğer çünkü için ile gibi kadar
    var yok değil mi
        mı mu mü ne neden nasıl nerede zaman kim çok daha hala henüz lütfen teşekkürler merhaba istiyorum hesabıma
        oldu""",
    "cs": """já ty on ona my vy můj moje svůj se si je jsou byl byla bylo být mám má máte mohu může chci ne ano co
    kdo jak kdy kde
        proč a nebo ale když protože že aby z ze do od na v ve po za přes při pro o u už ještě jen také velmi
        prosím děkuji den
        mi mně jsem jste jsme už to ten ta""",
    "ro": """eu tu el ea noi voi meu mea mei mele îmi îți își mi mă te se este sunt era a am ai au fi fost pot
    poate vreau nu da
        ce cine cum când unde de dece și sau dar dacă pentru că să cu fără din la pe în lui un o al ale mai foarte
        încă deja vă
        rog mulțumesc bună""",
    "hu": """én te ő mi ti ők a az egy nem van vannak volt vagyok és vagy de ha mert hogy mint mi ki mit hol mikor
    miért hogyan
        már még csak is nagyon több kérem köszönöm szia jó nekem ezt azt meg el ki be""",
    "id": """saya aku kamu anda dia kami kita mereka ini itu yang dan atau tetapi tapi jika karena untuk dari ke di
    dengan tanpa
        pada adalah tidak bukan belum sudah bisa dapat mau ingin apa siapa bagaimana kapan mana mengapa tolong
        terima kasih halo
        juga lagi sangat akan oleh""",
    "vi": """tôi bạn anh chị em chúng của là và hoặc nhưng nếu vì để cho với không chưa đã đang sẽ có được bị này
    đó gì ai thế nào
        khi đâu sao làm hai một rồi rất cũng xin cảm ơn chào""",
    "ga": """mé tú sé sí muid sibh siad mo do ár bhur an na agus nó ach má mar is tá níl bhfuil bhí raibh ní nach
    cad cá conas
        cathain cén fáth le ó ar ag as go gan faoi dom duit liom leat sin seo go raibh maith agat le do thoil""",
    "hi": """hai hain ho hoon hua hui gaya gaye gayi raha rahi rahe tha thi mera meri mere mujhe mujhko aap aapka
    aapki apna hum
        kya kyu kyun kaise kahan kab kaun nahi nahin mat aur ya lekin agar ki ka ke ko se mein par bhi abhi tak
        baar kar karo karu
        kare karna karne diya liya jata jati rupaye paise chahiye kripya""",
}

FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    code: frozenset(text.split()) for code, text in _WORDS.items()
}
"""ISO 639-1 code -> small words, lower case"""

_RELATIVES: Mapping[str, frozenset[str]] = {
    code: frozenset(group)
    for group in (
        ("en", "pcm", "sco"),
        ("no", "da", "nb", "nn"),
        ("de", "lb", "nds", "bar", "gsw", "ksh", "als", "pfl"),
        ("nl", "af", "nds", "li", "fy", "vls", "zea"),
        ("es", "gl", "ast", "an", "ext", "lad", "arg"),
        ("pt", "gl", "mwl"),
        ("it", "scn", "vec", "lmo", "pms", "nap", "co", "lij", "sc", "eml"),
        ("fr", "oc", "wa", "frp", "pcd", "nrm"),
        ("ca", "oc"),
        ("hr", "sr", "bs", "sh", "sl"),
        ("cs", "sk"),
        ("id", "ms", "jv", "su", "min", "bjn"),
        ("ru", "be", "uk", "bg", "mk", "rue"),
        ("zh", "yue", "wuu", "lzh", "gan"),
        ("hi", "mr", "ne", "bh", "mai", "bho"),
        ("fa", "ar", "ckb", "ps", "ur", "azb", "glk", "mzn"),
    )
    for code in group[:1]
}

_SCRIPT_RANGES = {
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c8f\ua640-\ua69f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Indic": "\u0a00-\u0dff",
    "Thai": "\u0e00-\u0eff",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0530-\u058f",
    "Kana": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
}
_SCRIPTS = {name: re.compile(f"[{ranges}]+") for name, ranges in _SCRIPT_RANGES.items()}
_ANY = re.compile("[" + "".join(_SCRIPT_RANGES.values()) + "]")
DENSE = frozenset(("Han", "Kana", "Hangul", "Thai"))
"""scripts in which a few characters are a sentence"""
_SCRIPTS_OF: Mapping[str, tuple[str, ...]] = {
    "el": ("Greek",),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "kk", "ky", "mn", "tg", "tt"), ("Cyrillic",)),
    "sr": ("Cyrillic", "Latin"),
    **dict.fromkeys(("he", "yi"), ("Hebrew",)),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ckb", "ug", "sd"), ("Arabic",)),
    **dict.fromkeys(("mr", "ne"), ("Devanagari",)),
    "hi": ("Devanagari", "Latin"),
    "bn": ("Bengali",),
    **dict.fromkeys(("pa", "gu", "or", "ta", "te", "kn", "ml", "si"), ("Indic",)),
    **dict.fromkeys(("th", "lo"), ("Thai",)),
    "ka": ("Georgian",),
    "hy": ("Armenian",),
    "ja": ("Kana", "Han"),
    "ko": ("Hangul", "Han"),
    "zh": ("Han",),
}


def scripts_of(languages: Iterable[str]) -> frozenset[str]:
    """Scripts in which the languages are written. Latin is always among them: names and products are written in it."""
    return frozenset(
        ("Latin", *(script for code in languages for script in _SCRIPTS_OF.get(code, ("Latin",))))
    )


def letters_by_script(text: str) -> dict[str, int]:
    """How many letters of each script but Latin a text has; empty for plain Latin text."""
    if text.isascii() or not _ANY.search(text):
        return {}
    counts = {name: sum(map(len, pattern.findall(text))) for name, pattern in _SCRIPTS.items()}
    return {name: count for name, count in counts.items() if count}


def related(code: str, languages: Iterable[str]) -> bool:
    """Whether a short text in one of the ``languages`` may pass for ``code``, or the other way round."""
    return any(
        code == own or code in _RELATIVES.get(own, ()) or own in _RELATIVES.get(code, ()) for own in languages
    )
