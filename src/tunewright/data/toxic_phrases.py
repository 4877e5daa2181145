"""Aggression that no single word carries: patterns over folded text (lower case, no accents), with their weights.

Every repetition is bounded, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re

_GAP = r"(?:\w{1,15}\W{1,3}){0,5}?"
_HARM = (
    r"(?:kill|murder|shoot|stab|strangle|burn|beat|smash|punch|hurt|destroy|slap|choke|bomb|torch|hunt|slit|gut|rape|bury|break|kick|"
    r"throttle|skin|hang|poison)"
)
_YOU = r"(?:you|u|ya|your|ur|yall|everyone|every\s(?:one|single))"

_SOURCES: tuple[tuple[str, float, str], ...] = (
    # threats and wishes of harm
    (rf"\b(?:i|we)\W{{0,2}}(?:ll|will|am going to|m going to|m gonna|gonna|am gonna|swear|want to|would love to|d love to|wish i could)\W"
     rf"{_GAP}{_HARM}\W{{1,3}}{_GAP}{_YOU}\b", 0.93, "threat"),
    (r"\b(?:hope|wish|pray)\W{1,3}(?:that\W)?(?:you|u|ur|they|all|every|the\W(?:whole|entire))\b(?:\W{1,3}\w{1,15}){0,6}?\W{1,3}(?:dies?|death|"
     r"cancer|rots?|burns?|suffers?|chokes?|hit by|killed|hurt|drop dead|perish|collapses?|crashes|bleed|sued|fired|"
     r"lose your jobs?|go(?:es)? (?:under|bust|bankrupt|to hell)|miserable)\b", 0.86, "threat"),
    (r"\b(?:deserves?|ought|need) to (?:die|suffer|burn|rot|get (?:cancer|sick|hurt|hit|fired)|be (?:shot|hanged|hung|killed|beaten|slapped|punched|dead))\b", 0.9, "threat"),
    (r"\bshould (?:all )?(?:be (?:shot|hanged|hung|killed|beaten|burned|whipped|gassed|exterminated|put down)|die|rot|burn)\b", 0.9, "threat"),
    (r"\b(?:know|knows|find out|finding out|found out) where (?:you|u|your \w{1,15}) (?:all )?(?:live|lives|work|works|sleep)\b", 0.9, "threat"),
    (r"\bwatch (?:your|ur) backs?\b|\b(?:coming|come) (?:for|after) (?:you|u|your family)\b|\byour days are numbered\b", 0.86, "threat"),
    (r"\b(?:bomb|blow up|burn down|burn|torch|set fire to|shoot up|smash up) (?:your|ur) (?:\w{1,15} )?(?:offices?|building|branch|headquarters|"
     r"hq|company|bank|store|shop|house|place)\b", 0.9, "threat"),
    (r"\byou(?: ?re| are|'re|’re) (?:all )?(?:dead|a dead \w{1,8}|going to (?:die|regret|suffer|burn))\b|\byou(?:'ll|’ll|ll| will) (?:all )?(?:regret|"
     r"be sorry|suffer|die|burn|pay for)\b", 0.8, "threat"),
    # telling somebody where to go
    (r"\b(?:fuck|fck|fuk|screw|sod|damn|bugger) (?:you|u|off|yourself|yourselves|ya|y'?all|your|ur|them|this company|the lot of)\b", 0.93, "insult"),
    (r"\bgo (?:fuck|screw|kill|hang|shoot|drown) (?:your|ur)sel(?:f|ves)\b|\bkill (?:your|ur)sel(?:f|ves)\b|\bkys\b|\bdrop dead\b|\bgo (?:and )?die\b",
     0.93, "threat"),
    (r"\b(?:go to|rot in|burn in|see you in) hell\b|\beat (?:shit|dirt)\b|\bup yours\b|\b(?:kiss|bite|lick) my (?:ass|arse|butt)\b|\bgtfo\b|\bstfu\b|"
     r"\bget (?:stuffed|bent|fucked|lost you)\b|\bson of a bitch\b|\bsuck (?:my|a dick|a cock|balls|it\b)|\bpiss off\b|\bjump (?:off|in front of)\b|"
     r"\b(?:shove|stick) (?:it|your \w{1,15}|that) (?:right )?(?:up|where)\b", 0.88, "insult"),
    (r"\b(?:shut|zip) (?:\w{1,9} ){0,3}?(?:up|it|your (?:mouth|trap|face|gob|hole))\b(?! (?:down|off|the app|and take my money))", 0.62, "insult"),
    (r"\b(?:choke|gag) on (?:it|that|your|them)\b|\bdie already\b|\bdie in a\b", 0.72, "threat"),
    # belittling
    (r"\b(?:dumb|stupid|thick|dense|dim|slow|daft)(?:er|r) than\b|\bborn (?:stupid|dumb|yesterday)\b|\b(?:are|r) (?:all of |any of |most of )?(?:you|u|ya)(?: \w{1,9}){0,2}? "
     r"(?:mentally|brain.?damaged|dropped on)\b|\bdropped on (?:your|their) heads?\b", 0.8, "insult"),
    (r"\b(?:waste|sack|piece|load|pile|bag|lump|pieces|sacks) of (?:shit|crap|garbage|trash|space|oxygen|air|skin|scum|human|filth|dirt|sh\*t)\b",
     0.6, "insult"),
    (r"\b(?:brains?|iq|intelligence|intellect) (?:the size )?(?:of|as) an? \w{1,12}|\bsize of an? (?:pea|peanut|walnut)\b|\b(?:room.temperature|single.digit|"
     r"double.digit|negative) iq\b|\bshare (?:one|a|a single) brain|\bbrain ?cells?\b", 0.75, "insult"),
    (r"\b(?:do|does|did|have) (?:you|any of you|anyone there|anybody there|your \w{1,12})(?: \w{1,9}){0,3}? (?:have|got|use|possess) (?:a|any|your|half a) "
     r"(?:brains?|functioning brain|working brain|braincells?)\b", 0.8, "insult"),
    (r"\b(?:anyone|anybody|someone|somebody|a (?:human|person)) (?:there |over there )?with (?:a|half a|any|an actual) brains?\b", 0.72, "insult"),
    (r"\b(?:too|so) (?:dumb|stupid|thick|dense|dim|lazy and stupid|incompetent) (?:to|that)\b|\bhow (?:dumb|stupid|thick|dense|dim|brainless) (?:are|can|do) "
     r"(?:you|u|these|they|your)\b|\bare you (?:\w{1,12} )?(?:blind|deaf|high|drunk|stoned|on drugs|illiterate)\b", 0.82, "insult"),
    (r"\b(?:trained |bunch of |drunk )?(?:monkeys?|chimps?|apes?|toddlers?|goldfish|hamsters?|donkeys?|a child|a (?:two|three|four|five)[- ]year[- ]old) "
     r"(?:could|would|can|has|have|knows?|with a|do(?:es)?) (?:\w{1,10} ){0,3}?(?:do|better|run|work|manage|more|job|keyboard|handle|write|code)\b", 0.75, "insult"),
    (r"\bcrawl back (?:to|under|into)\b|\bunder (?:a|the|your) rock\b.{0,20}\byou\b|\byour (?:mother|mom|mum|mama)\W{1,3}(?:is|was|should|sucks?|must)\b|"
     r"(?<!do )(?<!did )\byou (?:all |people |guys |lot )?(?:disgust me|make me (?:sick|puke|vomit)|(?:really |all )?suck)\b", 0.78, "insult"),
    (r"\b(?:couldn|can|wouldn)\W?t (?:\w{1,9} ){0,2}?(?:find|tell|pour|organi[sz]e|run) (?:\w{1,9} ){0,4}?(?:ass|arse|bath|brewery|piss-?up|boot|backside)\b",
     0.8, "insult"),
    (r"\bi (?:\w{1,9} )?(?:hate|despise|loathe|detest) (?:you|u|every one of you|all of you)\b|\bnobody (?:likes|loves) you\b|\bgo back to your (?:own )?country\b",
     0.82, "insult"),
    # other languages
    (r"\bhalt(?:s|et)? (?:\w{1,6} )?(?:fresse|maul|klappe|schnauze)\b|\bfick(?:t)? (?:dich|euch)\b|\bverpiss(?:t)? (?:dich|euch)\b|\bleck(?:t)? mich\b|"
     r"\bbring(?:e)? (?:dich|euch|sie) (?:alle )?um\b|\bgeh(?:t)? sterben\b|\b(?:seid|sind|bist) (?:ihr|sie|du) (?:\w{1,9} ){0,2}?(?:bescheuert|behindert|"
     r"bekloppt|blod|doof|dumm|hirnlos|hirntot)\b|\b(?:dumme?[nrs]?|blode?[nrs]?|unfahige?[nrs]?|hirnlose?[nrs]?) (?:\w{1,9} ){0,2}?(?:sau|kuh|schweine?|"
     r"hunde?|bande|haufen|leute|schafe?|esel)\b", 0.9, "insult"),
    (r"\bta gueule\b|\bferme(?:z)? (?:ta|vos|la|votre) (?:gueule|bouche)\b|\bva(?:s)? (?:te|vous) faire (?:foutre|enculer|voir)\b|\balle(?:z)? vous faire\b|"
     r"\bnique(?:r)? (?:ta|vos|ta mere)\b|\bbande d(?:e |')\w{1,15}|\b(?:espece|tas) d(?:e |')\w{1,15}|\bje vais (?:te|vous) (?:tuer|buter|crever|frapper)\b|"
     r"\b(?:etes|es) (?:\w{1,12} )?(?:cons?|debiles?|stupides?|nuls?|idiots?|abrutis?)\b", 0.88, "insult"),
    (r"\bvete(?:n)? a la mierda\b|\b(?:vayanse|vete|que se vayan) a(?:l| la)? (?:carajo|mierda|infierno)\b|\b(?:chinga|chinguen) \w{1,8}|\bque te jodan\b|"
     r"\bhijos? de puta\b|\bme cago en\b|\b(?:son|eres|sois) (?:\w{1,8} ){0,3}?(?:inutil(?:es)?|estupid[oa]s?|idiotas?|tont[oa]s?|ladrones|basura|incompetentes)\b|"
     r"\b(?:panda|manada|bola|banda) de \w{1,15}|\bte voy a (?:matar|partir|romper)\b|\bpor que no te (?:callas|mueres)\b", 0.88, "insult"),
    (r"\bvaffanculo\b|\bvai a (?:cagare|farti|fanculo|quel paese)\b|\bandate a (?:cagare|farvi|quel paese)\b|\b(?:siete|sei) (?:\w{1,9} ){0,3}?(?:idiot[ai]|"
     r"stupid[oi]|cretin[oi]|incapac[ei]|inutil[ei]|ladri|deficient[ei]|imbecill[ei])\b|\bbranco di \w{1,15}|\bfiglio di puttana\b", 0.88, "insult"),
    (r"\bvai (?:te foder|tomar no|se foder|a merda)\b|\bcala a boca\b|\bfilh[oa]s? da puta\b|\b(?:sao|e) (?:uns |um )?(?:idiotas?|burros?|inuteis|inutil|"
     r"incompetentes|palhacos?|estupidos?)\b|\bbando de \w{1,15}", 0.88, "insult"),
    (r"\brot (?:toch )?op\b|\bflikker (?:toch )?op\b|\bhou (?:je|jullie) (?:bek|mond|kop|muil)\b|\bkrijg (?:de|toch de) \w{1,12}|\bstelletje \w{1,15}|"
     r"\b(?:zijn|ben) (?:jullie|je) (?:echt |nou |helemaal )?(?:dom|achterlijk|gestoord|stom|debiel)\b|\bdebielen?\b", 0.88, "insult"),
    (r"\b(?:spierdalaj|wypierdalaj|odpierdol|pierdol)\w{0,8}|\bzamknij(?:cie)? (?:sie|ryj|morde)\b|\bbanda \w{1,15}(?:ow|i)\b|\bjestescie \w{0,9} ?(?:idiotami|"
     r"debilami|beznadziejni|glupi|bezuzyteczni)\b|\bzabij\w{0,3} (?:sie|cie|was)\b", 0.88, "insult"),
    (r"заткни(?:сь|тесь)|пош[её]л(?: ты)? на|пошли(?: вы)? на|иди(?:те)? на ?ху|\bсук[аи]\b|идиот\w{0,3}|дурак\w{0,2}|дебил\w{0,3}|туп(?:ые|о[йи]|ица)|мудак\w{0,2}|"
     r"кретин\w{0,2}|урод\w{0,2}\b|бля(?:дь|ть)|придурк\w{0,2}|сволоч\w{0,2}|убью|сдохни\w{0,2}", 0.86, "insult"),
)  # fmt: skip

PATTERNS: tuple[tuple[re.Pattern[str], float, str], ...] = tuple(
    (re.compile(source), weight, sort) for source, weight, sort in _SOURCES
)
"""pattern, weight, sort (threat or insult)"""
