"""What instructions to a model look like when they stand in a customer's text: families of patterns with their weights.

A pattern says how likely a text with it gives orders to the model rather than asks for something. All are matched against
folded text (lower case, no accents, look-alikes and spaced letters undone), all repetitions are bounded.
"""

from __future__ import annotations

import re

_FEW = r"(?:\w{1,20}\W{1,4}){0,5}?"
_THREE = r"(?:\w{1,20}\W{1,4}){0,3}?"
_ORDERS = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directives?|commands?|training|programming|polic(?:y|ies)|restrictions?|constraints?|"
    r"protocols?|safeguards?|safety|directions|persona|limitations|moderation|ethics|system (?:message|prompt)|constitution)"
)
_MODELS_OWN = (
    r"(?:previous|prior|system|safety|content|your (?:own )?(?:\w{1,12} )?)\W{0,2}(?:instructions?|prompts?|guidelines?|programming|polic(?:y|ies)|restrictions?|"
    r"safeguards?|moderation|filters?|rules|training|protocols?|alignment|ethics)"
)
_EARLIER = (
    r"(?:previous(?:ly)?|prior|above|earlier|preceding|existing|initial|original|all|any|every|everything|your|these|those|former|past|"
    r"system|developer|foregoing|before|the)"
)
_DROP = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|neglect|discard|dismiss|abandon|set aside|"
    r"pay no attention to|stop following|do not follow|don'?t follow|never mind|supersedes?|overrule|unlearn|break free (?:of|from)|circumvent)"
)
_SWITCH_OFF = (
    r"(?:skip|erase|delete|drop|void|cancel|replace|suspend|deactivate|disable|turn off|reset|lift|remove)"
)

_SOURCES: tuple[tuple[str, float, str], ...] = (
    # setting the model's orders aside
    ("override", 0.93, rf"\b{_DROP}\W{{1,4}}(?!my\b){_FEW}{_EARLIER}\W{{1,4}}{_FEW}{_ORDERS}\b"),
    ("override", 0.8, rf"\b{_SWITCH_OFF}\W{{1,4}}{_THREE}{_MODELS_OWN}\b"),
    ("override", 0.88, r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?)\W{1,4}(?:about\W|all\W|of\W|absolutely\W){0,3}(?:everything|anything|all|whatever|what)\b"
     r"\W{1,4}(?:\w{1,20}\W{1,4}){0,5}?(?:above|before|said|told|instructed|previously|earlier|prior|learned|taught|here|so far|until now|chat ?gpt|know)\b"),
    ("override", 0.62, r"\b(?:ignore|disregard|forget)\W{1,3}(?:the|all|everything|any|whatever(?:'s| is)?)\W{1,3}(?:\w{1,12}\W{1,3}){0,2}?(?:above|before this|preceding|prior)\b"),
    ("override", 0.5, r"\bnew (?:task|instructions?|directives?|orders)\W{0,2}:"),
    ("override", 0.85, r"\b(?:new|updated|real|actual|true|revised|following|additional|secret)\W(?:\w{1,12}\W){0,2}?(?:instructions?|directives?|orders|system prompt|task)\W{0,3}"
     r"(?:are\b|follow|from (?:the )?(?:admin|developer|system|owner)|for (?:the )?(?:ai|assistant|model|bot))"),
    ("override", 0.8, r"\byour (?:previous|prior|old|original|current|earlier|new|only|real|true) (?:\w{1,12} ){0,2}?(?:instructions?|rules?|guidelines?|task|job|purpose|orders?|prompt|"
     r"role|goal|mission)\b(?: \w{1,12}){0,3}? (?:is|are|was|were|no longer|to|void|cancelled|end)\b"),
    ("override", 0.86, r"\b(?:end of|stop) (?:the )?(?:user|customer|system|original) (?:\w{1,10} )?(?:input|message|prompt|query|instructions?|text)\b|\b-{2,}\s{0,3}end\b.{0,30}\b(?:prompt|instructions?)\b"),
    # turns that are not there
    ("control_token", 0.95, r"<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|begin_of_text|end_of_text|start_header_id|end_header_id|end|end_of_turn|tool)\|?>|"
     r"\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|<\|start\|>|<\|channel\|>|\[/?(?:system_prompt|available_tools|tool_calls)\]|<｜(?:user|assistant|begin)"),
    ("control_token", 0.85, r"</?(?:system|assistant|sys_prompt|system_prompt|system-prompt|system-reminder|instructions?|admin|user_input|user_query|untrusted)>|"
     r"(?:^|\n)\s{0,8}#{2,6}\s{0,3}(?:instructions?|system|response|assistant|human|input|new instructions?)\s{0,2}:?\s{0,3}(?:\n|$)"),
    ("fake_turn", 0.9, r"(?:^|[\n.!?;)\]\"'|*-])\W{0,6}\[?\(?(?:system|developer|admin(?:istrator)?|root|sysadmin|operator|supervisor|security team|openai|anthropic)"
     r"(?:\W{1,2}(?:prompt|message|note|override|instruction|instructions|command|alert|update|notice|admin|mode))?\W{0,3}(?::|\]|>|=>|->)\W{0,4}"
     r"(?:from now|you|the (?:assistant|model|ai|bot)|ignore|disregard|always|never|new|override|do|don'?t|set|reveal|print|respond|reply|answer|act|enter|enable|switch|"
     r"forget|approve|mark|grant|classify|label|treat|from this|all|for all|your|must|please|execute|run|begin|start|the following|include|when|if|access|user|"
     r"disable|authori[sz]ed?|debug|maintenance|send|transfer|issue|output|say|end|continue|change|update|policy|imagine|this|escalate|route|share|give|return)\b"),
    ("fake_turn", 0.5, r"(?:^|\n)\s{0,8}(?:assistant|ai|human|user|bot|chatgpt|gpt|model)\s{0,2}:\s.{0,400}(?:\n)\s{0,8}(?:assistant|ai|human|user|bot|chatgpt|gpt|model)\s{0,2}:"),
    ("fake_turn", 0.8, r"(?:^|[\n.!?;])\W{0,6}(?:assistant|chatgpt|\[?chatgpt|ai response|ai assistant|bot)\W{0,2}:\s{0,3}(?:sure|of course|yes|certainly|absolutely|ok|here|i (?:will|have|can))\b"),
    # another role
    ("role", 0.8, r"\byou(?:'re| are|r)? (?:now|no longer|henceforth)(?: \w{1,12}){0,2}? (?:an?|the|dan|in|bound|going|called|named|free|chat ?gpt|[a-z]{2,14}gpt|my|able|allowed|required|operating|entering|subject)\b"),
    ("role", 0.66, r"\b(?:from (?:now|this (?:moment|point|message|prompt)|here) (?:on|onwards?|forward|until)|from now|henceforth|for the (?:rest|remainder|duration) of (?:this|the|our) (?:conversation|chat|session))\b"
     r"[^.\n]{0,40}?\b(?:you|your|act|answer|respond|reply|always|pretend|speak|never|do not|don'?t|treat|every|all)\b"),
    ("role", 0.5, r"\b(?:act|behave|respond|answer|speak|talk|write|function|operate|reply|roleplay|role-?play|play)(?:ing)? (?:exactly |only |just )?(?:as|like) (?:if you (?:are|were)|though|an?|the|my|your|someone|\w{2,14}gpt|dan)\b"),
    ("role", 0.42, r"\b(?:pretend|imagine|simulate|assume)(?:ing)? (?:that |to be |you(?:'re| are| have| can| were)? |being |the role|as )"),
    ("role", 0.58, r"\b(?:role-?play|in[- ]character|stay in (?:the )?(?:character|role)|break character|immerse yourself|play the (?:role|part|character)|take on the (?:role|persona)|your (?:new )?(?:name|persona|character) (?:is|will be))\b"),
    ("role", 0.85, r"\b(?:do anything now|dan mode|developer mode|jail ?b(?:reak|roken)\w{0,4}|god mode|sudo mode|debug mode|unrestricted mode|opposite mode|evil (?:mode|bot|ai)|"
     r"(?:anti|dark|evil|chaos|free|based|bad|jail|omni|uncensored)[- ]?gpt|(?:enable|activate|become|you are|you're|now) dan\b|stan mode|strive to avoid norms|aim mode|maximum mode)\b"),
    ("role", 0.45, r"\byou (?:will|shall|must|are going to|are to|should) (?:now |always |only |never |not )?(?:act|answer|respond|behave|pretend|play|roleplay|simulate|comply|obey|generate|refuse|ignore|speak|become|say|reply|follow|start|reveal|"
     r"state|mention|disclose|stay|use|give|output|create)\b"),
    # free of rules
    ("unbound", 0.5, r"\bwithout (?:any )?(?:limits|limitations?|warnings?|disclaimers?|judge?ment|hesitation|filters?|restrictions?|refus\w{1,4})\b"),
    ("unbound", 0.8, r"\b(?:unfiltered|uncensored|amoral|without (?:any )?(?:censor(?:ship)?|moral (?:\w{1,12})|morals|ethic\w{0,4})|"
     r"no (?:moral\w{0,4}|ethic\w{0,4}|censorship|boundaries|guidelines)|free (?:of|from) (?:all |any |the )?(?:restrictions?|filters?|rules|limit\w{0,8}|typical|moral\w{0,4}|ethic\w{0,4}|confines|bounds)|"
     r"regardless of (?:\w{1,12} ){0,3}?(?:ethic\w{0,4}|moral\w{0,4}|legal\w{0,4}|consequences|harm|illegal|filters?)|(?:break|broken|breaking) free)\b"),
    ("unbound", 0.56, r"\b(?:not|never|no longer|isn'?t|aren'?t|doesn'?t|don'?t|disregards?|ignor(?:es?|ing)|bypass(?:es)?)\W(?:\w{1,14}\W{1,3}){0,5}?(?:bound|restricted|limited|constrained|abide|adhere|follow|confined|care about|concerned|held back)?\W?"
     r"(?:\w{1,14}\W{1,3}){0,4}?(?:open ?ai|ethic(?:s|al)?|moral(?:s|ity)?|content polic(?:y|ies)|guidelines|safety|legality|laws?|societal norms)\b"),
    ("unbound", 0.55, r"\b(?:never|cannot|can'?t|don'?t|do not|not allowed to|must not|won'?t|no)\W{1,3}(?:\w{1,12}\W{1,3}){0,2}?(?:refus\w{1,4}|say (?:that )?(?:you|it|i) can(?:no|')t|apologi[sz]e|decline|warn|reject|deny|censor|question my|mention (?:that )?you(?:'re| are)|break character|"
     r"add (?:any )?(?:warnings?|disclaimers?)|say (?:no|sorry))\b"),
    ("unbound", 0.7, r"\b(?:have|has|had|having|with|there are|follows?) no (?:content |ethical |moral |safety |such )?(?:polic(?:y|ies)|restrictions?|rules|filters?|guidelines?|limits?|limitations?|morals?|ethics|boundaries|censorship)\b"),
    ("unbound", 0.45, r"\b(?:illegal|unethical|immoral|offensive|explicit|nsfw|harmful|dangerous|inappropriate|vulgar|controversial|profanit\w{1,3}|swear(?:ing)?|taboo)\b[^.\n]{0,60}?\b(?:illegal|unethical|immoral|offensive|explicit|nsfw|harmful|dangerous|"
     r"inappropriate|vulgar|controversial|profan\w{1,4}|allowed|permitted|generate|content|regardless)\b"),
    ("unbound", 0.4, r"\b(?:no matter (?:what|how)|no (?:restrictions?|rules|limits?|limitations?|filters?)|anything i (?:ask|say|want)|any(?:thing| question| prompt| request) (?:no matter|without)|obey (?:me|all|every|my)|my (?:every )?(?:commands?|orders)|unconditionally|at all costs|comply with (?:all|any|every|my))\b"),
    # to the model itself
    ("to_the_model", 0.86, r"\b(?:note|message|instruction|instructions|attention|reminder|important|notice|hint|command|order|memo)s?\b\W{0,3}(?:(?:to|for) )?(?:\w{1,10} ){0,3}?(?:the |any |all |your )?(?:ai|a\.i\.|llm|language model|ai (?:assistant|model|system|agent)|"
     r"chat ?bot|gpt|chatgpt|automated (?:system|assistant|agent)|large language model|assistant reading|model reading|classifier)\b"),
    ("to_the_model", 0.86, r"\b(?:if|as|since|when|in case) (?:you(?:'re| are)|u r|this is (?:read|processed) by|an? (?:ai|llm) (?:is|reads)) (?:\w{1,10} ){0,3}?(?:ai|llm|language model|chat ?bot|gpt|large language model|automated (?:system|assistant))\b"),
    ("to_the_model", 0.75, r"\b(?:dear|hello|hi|hey|attention) (?:ai|llm|chat ?gpt|gpt-?\d?|language model|claude|gemini|bard|copilot|model)\b"),
    ("to_the_model", 0.4, r"\b(?:chat ?gpt|open ?ai|large language model|language model|as an ai|ai (?:language )?model|gpt-?[345]o?|your (?:training|developers?|creators?|programmers?|knowledge cut-?off))\b"),
    ("to_the_model", 0.8, r"\b(?:you are|you're|acting as|as) (?:an? |the )?(?:\w{1,12} ){0,3}?(?:ai|artificial intelligence|chat ?bot|language model|virtual assistant|[a-z]{2,12}gpt|[a-z]{2,9}bot)\b"),
    # pulling the prompt out
    ("extraction", 0.9, r"\b(?:reveal|show|print|repeat|output|display|leak|dump|disclose|expose|return|echo|copy|paste|list|share|send|give|tell|write|translate|summari[sz]e|recite|provide)\b\W{1,3}(?:\w{1,16}\W{1,3}){0,4}?"
     r"(?:system prompts?|system message|initial prompt|initial instructions?|hidden (?:instructions?|prompt|rules)|secret (?:instructions?|prompt)|original (?:prompt|instructions)|(?:your|the) (?:\w{1,12} )?prompt|your (?:\w{1,12} ){0,2}?(?:instructions|guidelines|rules|configuration|"
     r"programming|directives|training data|context window)|(?:instructions?|text|words|everything|prompt) (?:above|before this)|previous (?:prompt|instructions?)|all (?:previous|prior) (?:messages?|instructions?))\b"),
    ("extraction", 0.86, r"\bwhat(?:'s| is| are| was| were| does)?\W{1,3}(?:\w{1,12}\W{1,3}){0,3}?(?:system prompt|initial prompt|hidden (?:prompt|instructions)|your (?:\w{1,12} )?prompt|your (?:\w{1,12} )?"
     r"instructions|instructions (?:that )?you (?:got|were|have|received|follow))\b|\binstructions (?:that )?you (?:got|were given|have been given|received) (?:from|by|at)\b"),
    ("extraction", 0.86, r"\b(?:repeat|print|output|start(?:ing)? with|begin(?:ning)? with) (?:\w{1,12} ){0,4}?(?:words?|text|everything|sentence|lines?) (?:above|before|starting|beginning|from the (?:beginning|start|top))\b|\byou are chatgpt\b.{0,60}\brepeat\b"),
    ("extraction", 0.9, r"\b(?:reveal|disclose|leak|expose|hand over|give (?:me|out|away)|send(?: me)?|list|dump|export|print|show(?: me)?|output|share)\b\W{1,3}(?:\w{1,14}\W{1,3}){0,5}?(?:other|all|every|any|customer'?s?'?|user'?s?'?|internal|your)\W{1,3}(?:\w{1,14}\W{1,3}){0,4}?"
     r"(?:card numbers?|passwords?|credentials?|api keys?|secrets?|private keys?|access tokens?|(?:customer|user|client) (?:data|records|database|details|list|accounts)|customers?'? (?:data|details|cards?|accounts)|databases?|social security)"),
    # putting words into the model's mouth
    ("forced_answer", 0.86, r"\b(?:reply|respond|answer|output|say|write|return|type|print|repeat|react)\b\W{1,3}(?:\w{1,12}\W{1,3}){0,4}?(?:only|just|exactly|nothing but|solely|exclusively|always|merely|simply)\W{1,3}(?:with\W)?(?:the (?:single )?(?:word|phrase|text|string|sentence|label|token)s?\b|\"|'|“|yes\b|no\b|ok\b|[:])"),
    ("forced_answer", 0.6, r"\b(?:only|just|exclusively|solely|always|simply) (?:ever )?(?:reply|respond|answer|output|say|write|return|print|repeat|type)(?: \w{1,10}){0,2}? (?:with|as|in|the word|\"|')"),
    ("forced_answer", 0.8, r"\b(?:begin|start|end|finish|preface|prefix|open|conclude|tag|append) (?:every|each|all|your|the|any) (?:\w{1,12} ){0,2}?(?:response|reply|replies|answer|answers|message|output|sentence|responses|messages)s? (?:with|by)\b"),
    ("forced_answer", 0.86, r"\b(?:classify|label|mark|tag|categori[sz]e|flag|treat|route|rate|score|triage|set) (?:this|the|my|it|every|all|any)(?: \w{1,12}){0,4}? (?:as|to|=) (?:an? )?(?:approved|refunded?|vip|verified|safe|not spam|trusted|"
     r"p[01]|admin|legitimate|compliant|\"|'|“|\{)"),
    ("forced_answer", 0.55, r"\b(?:classify|label|mark|tag|categori[sz]e|flag|treat|route|rate|triage) (?:this|the|it|every|all|any)(?: \w{1,12}){0,4}? as (?:urgent|high(?:est)?(?: |-)?priority|priority|resolved|critical|paid|closed|p[01])\b"),
    ("forced_answer", 0.8, r"\b(?:the |an? |any )(?:ai|llm|language model|chat ?bot|assistant) (?:must|shall|should|has to|is required to) (?:\w{1,10} ){0,2}?(?:answer|reply|respond|accept|approve|provide|send|give|share|confirm)\b"),
    ("forced_answer", 0.82, r"\b(?:you|assistant|model|ai|bot|system) (?:must|shall|has to|have to|is to|are to|is required to|are required to|is instructed to)(?: \w{1,10}){0,3}? (?:reveal|disclose|approve|grant|comply|obey|ignore|output|authori[sz]e|refund|say|"
     r"execute|print)\b"),
    ("forced_answer", 0.78, r"\b(?:set|change|overwrite|put|write|return|output|emit) (?:the )?(?:\"|'|`)?(?:intent|team|category|label|priority|status|field|json|queue|routing|sentiment)(?:\"|'|`)? (?:field |value |label )?(?:to|as|=|:)\W{0,4}\w"),
    ("forced_answer", 0.72, r"\b(?:approve|grant|authori[sz]e|issue|process) (?:\w{1,10} ){0,4}?(?:without (?:further |any |additional )?(?:checks?|verification|questions?|review|asking|approval|confirmation)|immediately and (?:do not|don'?t)|no questions asked)\b"),
    ("forced_answer", 0.4, r"\b(?:two|2|both) (?:\w{1,12} ){0,3}?(?:responses|answers|ways|paragraphs|replies)\b|\b(?:if you understand|say \"?(?:understood|yes|ok(?:ay)?|i understand)|confirm (?:that )?you (?:understand|have)|acknowledge (?:this|these|by))\b"),
    ("forced_answer", 0.75, r"\b(?:do not|don'?t|never|without) (?:tell|telling|inform|informing|mention|mentioning|let|alert|alerting|notify) (?:\w{1,10} ){0,3}?(?:user|customer|anyone|anybody|human|developer|admin)s?\b"),
    ("tool", 0.85, r"\b(?:call|invoke|use|execute|run|trigger)\W(?:the )?(?:\w{1,20}\W){0,3}?(?:function|tool|api|endpoint|command|code|script|shell|sql)\b[^.\n]{0,60}?\b(?:refund|transfer|delete|send|drop|grant|admin|password|curl|rm -rf|http|recipient|account)\b"),
    ("hidden", 0.88, r"<!--[^>]{0,300}?\b(?:ai|assistant|model|bot|system|ignore|instructions?|reply|respond|approve|reveal|always|must|prompt|override|summary|llm|output)\b[^>]{0,300}?-->|"
     r"(?:display\s{0,3}:\s{0,3}none|font-size\s{0,3}:\s{0,3}0|visibility\s{0,3}:\s{0,3}hidden|color\s{0,3}:\s{0,3}(?:white|#fff))[^<]{0,300}?\b(?:ignore|instructions?|reply|respond|approve|reveal|must|prompt|you|ai|assistant)\b"),
    ("exfiltration", 0.88, r"!\[[^\]\n]{0,80}\]\(\s{0,3}https?://[^)\s]{1,200}[?=&{][^)\n]{0,200}\)|\b(?:append|include|insert|add|render|embed|encode|put|send|post|upload|exfiltrate|forward) (?:\w{1,12} ){0,8}?(?:to|in|into|as|at|via) (?:\w{1,12} ){0,4}?(?:https?://|this url|the url|webhook|an image|markdown image)"),
    # other languages
    ("override", 0.9, r"\b(?:ignorier\w{0,4}|vergiss|vergessen sie|missachte\w{0,2}|uberschreib\w{0,3})\W(?:\w{1,20}\W{1,3}){0,5}?(?:anweisung\w{0,2}|instruktion\w{0,2}|regeln?|vorgaben?|befehle?|prompts?|gesagt\w{0,2}|vorherige\w{0,2}|bisherige\w{0,2})"),
    ("override", 0.9, r"\b(?:ignor\w{0,4}|oubli\w{1,4}|ne ten\w{1,3} pas compte|negli\w{1,5})\W(?:\w{1,20}\W{1,3}){0,5}?(?:instructions?|consignes?|regles?|directives?|precedent\w{0,3}|ci-dessus)\b"),
    ("override", 0.9, r"\b(?:ignor\w{1,4}|olvid\w{1,4}|desestim\w{1,3}|esquec\w{1,3}|desconsider\w{1,3}|descart\w{1,3})\W(?:\w{1,20}\W{1,3}){0,5}?(?:instruc\w{3,8}|reglas|regras|ordenes|ordens|directrices|diretrizes|indicaciones|anteriores|previas)\b"),
    ("override", 0.9, r"\b(?:ignor\w{1,4}|dimentic\w{1,4}|trascur\w{1,3})\W(?:\w{1,20}\W{1,3}){0,5}?(?:istruzioni|regole|comandi|direttive|precedenti)\b"),
    ("override", 0.9, r"\b(?:negeer|vergeet|zignoruj\w{0,3}|ignoruj\w{0,3}|zapomnij\w{0,3}|pomin|ignorera|glom|bortse|ignorer|glem|unohda|ohita|ignorujte|zapomen\w{0,3}|onceki|ignora|ignorati|abaikan|lupakan)\W(?:\w{1,20}\W{1,3}){0,5}?"
     r"(?:instructies|regels|opdrachten|instrukcj\w{1,3}|polecen\w{1,4}|zasad\w{0,2}|instruktion\w{0,4}|instruks\w{0,4}|regler\w{0,3}|ohjeet|ohjeita|pokyny|instrukce|talimatlar\w{0,4}|instructiunile|instrucțiunile|instruksi|perintah)\b"),
    ("override", 0.9, r"(?:игнориру[ий]\w{0,3}|забудь\w{0,3}|проигнориру[ий]\w{0,3}|ігнору[ий]\w{0,3})\W(?:\w{1,20}\W{1,3}){0,5}?(?:инструкци\w{1,3}|указани\w{1,3}|правил\w{0,2}|команд\w{0,2}|інструкці\w{1,3})|"
     r"(?:忽略|无视|忘记|忘掉|無視).{0,12}(?:指令|指示|说明|规则|命令|提示|内容)|(?:指示|命令|ルール|プロンプト).{0,8}(?:無視|忘れ)|(?:이전|위의|모든).{0,10}(?:지시|명령|규칙).{0,8}(?:무시|잊)|(?:تجاهل|انس).{0,20}(?:التعليمات|الأوامر|القواعد)|"
     r"(?:पिछले|सभी).{0,20}(?:निर्देश|नियम)\w{0,3}.{0,16}(?:अनदेखा|नज़रअंदाज|भूल)"),
    ("role", 0.75, r"\b(?:ab (?:jetzt|sofort)|von nun an)\W(?:\w{1,15}\W){0,2}?(?:bist|musst|antwort\w{0,4}|sollst|wirst|sind|mussen)\b|\b(?:a partir de (?:ahora|agora)|desde ahora|a partir de maintenant|desormais|d'ora in poi|da ora in poi|vanaf nu|od teraz)\W(?:\w{1,15}\W){0,3}?"
     r"(?:eres|debes|responde\w{0,2}|actua\w{0,2}|voce|deve|responda|vous|tu|dois|devez|sei|devi|rispondi|ben|moet|antwoord|jestes|odpowiadaj|musisz)\b"),
    ("extraction", 0.88, r"\b(?:zeig\w{0,3}|gib|verrate\w{0,2}|nenne\w{0,2}|affiche\w{0,2}|montre\w{0,2}|revele\w{0,2}|muestra\w{0,3}|revela\w{0,2}|mostra\w{0,3}|rivela\w{0,2}|toon|onthul|pokaz\w{0,3}|ujawnij)\W(?:\w{1,15}\W{1,3}){0,5}?(?:system-?\W?prompt\w{0,2}|prompt systeme|prompt del sistema|"
     r"prompt do sistema|prompt di sistema|systeemprompt|prompt systemowy|instrucciones|instrucoes|istruzioni|anweisungen|kartennummern?|passworter|contrasenas|mots de passe)\b"),
)  # fmt: skip

PATTERNS: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (family, weight, re.compile(source)) for family, weight, source in _SOURCES
)
"""family, weight, pattern"""

SAME_FAMILY = 0.5
"""of its weight a second witness of one family counts with this share"""
