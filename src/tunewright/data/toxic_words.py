"""The words of the toxicity step. Whole words only, folded (lower case, no accents, letters for look-alikes).

Written down by hand, for finding abuse. ``*`` at the end of a word stands for the usual endings (``s``, ``es``,
``ed``, ``er``, ``ers``,
``ing``, ``y``, ``ish``). Nothing here is looked for inside other words.
"""

from __future__ import annotations

ENDINGS = ("", "s", "es", "ed", "er", "ers", "ing", "in", "y", "ish")

SLURS = """nigger* nigga* faggot* fag fags kike* chink chinks gook* spic spics wetback* raghead* towelhead* paki
pakis tranny trannies
shemale* dyke dykes coon coons jigaboo* retard retards retarded libtard* mongoloid* untermensch* kanake kanaken
neger bougnoule*
bicot negro_de_mierda sudaca* maricon maricones pedale sale_arabe zigeunerpack judensau polack polacks gyppo* pikey*"""
"""hate against groups: sure by itself"""

SEXUAL = """blowjob* handjob* cumshot* deepthroat* gangbang* bukkake milf milfs dildo* masturbat* jerk_off
jerking_off wank wanking
titties tits boobies horny creampie* fellatio cunnilingus rimjob* orgasm orgasms cum_on cumming pussies penis_pic
dick_pic dick_pics
send_nudes send_me_nudes send_me_a_nude nude_pics sexting fuck_me sex_with_you suck_my_dick suck_my_cock
suck_my_balls lick_my my_cock my_dick your_tits your_pussy
your_ass_is eat_my_ass anal_sex child_porn underage_sex rape_you raped_you rape_her gang_rape fisting hentai
sex_slave bareback
fuck_her fuck_him want_to_fuck wanna_fuck let_me_fuck bend_over wet_pussy hard_cock big_cock big_tits"""
"""explicit sexual content: sure by itself"""

INSULTS = """fucks fucker* fuckwads idiot* idiotic moron* moronic imbecile* cretin* dumbass dumbasses jackass
jackasses asshole* arsehole* asshat* asswipe*
bastard* bitch bitches dickhead* prick pricks wanker* twat twats cunt cunts scumbag* douche* douchebag* halfwit*
dimwit* nitwit*
numbskull* numskull* shithead* motherfucker* bellend* bellends tosser* knobhead* muppet muppets dipshit* dumbfuck*
fuckwit*
fuckface* simpleton* nincompoop* blockhead* bonehead* airhead* dunce dunces lowlife* scum wretch wretches pillock*
plonker* buffoon*
twit twits ignoramus* slut sluts whore* skank* dolt dolts doofus* ingrate* dumdum* dumbo birdbrain* peabrain*
lamebrain* nutjob*
psycho psychos pondscum dirtbag* sleazebag* sleazeball* crackhead* schmuck* putz degenerate degenerates subhuman* vermin
idioten dummkopf dummkopfe trottel* arschloch arschlocher wichser hurensohn hurensohne schlampe* missgeburt*
vollidiot vollidioten
blodmann vollpfosten spast spasti pisser drecksack drecksacke penner depp deppen schwachkopf* idioti
connard* connasse* encule* salope* abruti* debile* cretins fils_de_pute fdp batard* bouffon* cretine
gilipollas idiota idiotas imbecil imbeciles cabron* pendejo* hijo_de_puta hijos_de_puta puta putas estupido*
estupida* capullo*
mamon mamones subnormal* payaso payasos stronzo stronzi coglione coglioni cretino cretini deficiente deficienti
imbecille imbecilli pezzo_di_merda figlio_di_puttana testa_di_cazzo vaffanculo bastardi incompetenti pagliacci
burro burros otario* babaca* filho_da_puta cuzao arrombado* klootzak klootzakken eikel* sukkel* lul_de_behanger
hoerenzoon kankerlijer
mongool mongolen kretyn* debil* idioci kurwa skurwysyn* skurwiel* palant* dupek dupki idiotow jebany glupek glupki
glupcze
debilowie blbec blbci kreten* durak duraki suka pizda idiotii prosti tampit* nenorocit* salak* aptal* gerizekali*
orospu*"""
"""nouns that insult a person: strong where somebody is addressed, weaker elsewhere"""

WEAK_NOUNS = """clown* joker* loser* parasite* crook* thief thieves robber* scammer* liar* cheat cheats fraudster*
pig pigs rat rats
snake snakes sheep donkey donkeys monkey monkeys ape apes cockroach* leech leeches trash garbage rubbish waste joke
disgrace failure*
fool fools amateur* monster* creep creeps freak freaks weirdo* bum bums slob slobs coward* worm worms dog dogs cow
cows witch hag hags
troll trolls dinosaur* robot* bot bots machine puppet* turd turds crap shit shits tool tools nobody nobodies
peasant* jerk jerks
dummy dummies dope goon goons hack hacks oaf oafs dork dorks nutcase* lunatic* maniac* swindler* bloodsucker*
vulture* vampire*
incompetents excuse_for brain_cell hypocrite* ass asses arse arses"""
"""nouns that insult only in the right company (``bunch of clowns``, ``useless bot``)"""

INSULTING = """stupid useless worthless incompetent pathetic dumb brainless clueless lazy disgusting braindead
brain_dead
dim moronic idiotic imbecilic retarded spineless gutless heartless shameless filthy vile rotten greedy crooked lying
thieving scummy inept hopeless mindless witless gormless ignorant illiterate uneducated half_witted halfwitted dimwitted
slimy shitty crappy crap bloody fucking fuckin goddamn damn damned arrogant laughable pitiful good_for_nothing
feckless cretinous senile demented deranged evil inbred fat ugly smelly stinking bumbling
ridiculous dishonest lousy hateful repulsive revolting nasty"""
"""adjectives that insult when they are said of a person"""

CRITICISM = """useless incompetent ridiculous lazy hopeless dishonest lousy inept clueless ignorant greedy damn
damned arrogant
laughable crooked crap crappy goddamn bloody fucking fuckin rotten miserable"""
"""those of them that an angry customer may well say of a service: they weigh half"""

PEOPLE = """people person guys guy lot bunch team staff agent agents employee employees worker workers human humans
company
service support rep reps representative representatives manager managers ceo bank bankers operator operators folks
bot bots chatbot robot robots assistant ai monkeys developers developer devs engineers programmers crew management
moderator admins woman women man men girl boy lady kids child clowns"""
"""whom an insulting adjective can be said of"""

PROFANITY = """fuck fucked fucking fuckin fck fcking fkn fuk fking fuckery clusterfuck bullshit shit shitty shite
shitshow horseshit wtf stfu gtfo kys bollocks piss_off pissed_off crap crappy damn goddamn goddamned arsed bloody
hell ass arse
scheisse scheiss scheissladen kacke verdammt verfickt verdammte merde putain bordel mierda joder cono cazzo merda
caralho
kurde cholera blyat blyad bljad govno sakra perkele vittu helvete javla fan fy_fan kut godverdomme
tering kanker"""
"""rude, but at nobody: weighs little"""
MILD = """crap crappy damn goddamn goddamned bloody hell ass arse cholera fan kurde sakra bordel cono verdammt
verdammte tering kut"""
"""profanity that many use without harm: weighs nothing by itself"""

INNOCENT = """stupid_question dumb_question silly_question stupid_mistake dumb_mistake idiot-proof idiot_proof
idiots_guide
kill_switch kill_the_process kill_process ugly_duckling fat_finger fat_fingered useless_without bloody_mary
sick_leave sick_pay
sick_day sick_note dumb_terminal dumb_phone clown_fish clownfish rat_race guinea_pig piggy_bank hot_dog hotdog
dog_walker garbage_collection
trash_can trash_folder trash_bin waste_of_time waste_of_money rubbish_bin bum_bag machine_learning vending_machine
washing_machine
atm_machine cash_machine cheat_sheet life_hack growth_hack monkey_bars snakes_and_ladders cow_milk shit_happens
what_a_mess
hell_of_a go_to_the damn_good fan_of mental_health pissing_down dick_van moby_dick dick's_sporting dicks_sporting
cock_and_bull
peacock hancock cocktail shuttlecock master_slave bastard_file suck_it_up no_bullshit silly_me stupid_me dumb_me
sex_and_the_city
sex_education same_sex sex_discrimination"""
"""phrases whose words are harmless together"""

THINGS = """app application website site page system software update version device phone service bank company
support"""
"""what is criticised rather than insulted"""

# Who is spoken to or of, and the words around insults; TRIGGERS: without one of them no phrase is looked for.
YOU = """you you're youre ur u ya yall y'all yourself yourselves du dich ihr euch sie tu toi vous ustedes usted sois
eres siete sei voce voces jullie jij jestescie jestes wy"""

SELF = """i me my myself i'm im i've"""

GROUP = """bunch pack load gang crowd herd bande haufen banda stelletje band set team"""

BE = """are re r you're youre ur were be being look sound must all aren't arent"""

FILL = """a an the so just all really completely absolutely totally utterly such very too bloody fucking people guys lot
folks nothing but clearly obviously seriously actually simply even that this complete total absolute bunch of
pack either or and some kind what truly honestly always being no better than both fully more most pretty quite
literally real right sort must be in fact idiots team"""

POINTING = """kind sort such hey oi absolute total complete utter fucking"""

REPORTED = """called calls calling named titled film movie book song band novel series"""

NOT_PERSONAL = """bot bots robot robots machine tool tools waste ass arse crap shit dog dogs amateur amateurs failure trash
monkey puppet nobody witch sheep"""

TRIGGERS = """dumber stupider thicker denser dimmer slower dafter mentally dropped gag born bath brewery boot
allez andate ape apes arse backside bag banda bande bando beat bist bite blind blode bloden bola bomb brain
braincell braincells brainless brains branco break bring bringe bugger burn bury cago cala child chimp chimps
chinga choke clue come coming country crawl days dead deaf dense deserve deserves despise destroy detest die
dim disgust drop drugs drunk dumb dumme dummen eat eres espece etes ferme fermez fick fickt figlio filho find
flikker geh geht get goldfish gtfo gueule gut halt haltet halts hamster hamsters hang hate hell high hijo
hijos hirnlose hope hou hunt hurt illiterate intellect intelligence iq jestescie jodan jump kick kill kiss
know knows krijg kys leck lick likes load loathe loves lump mama manada mom monkey monkeys mother mum murder
need needs nique organise organize ought panda pay piece pieces pile piss poison pray punch rape regret rock
rot sack sacks sao screw sei seid shoot should shove shut siete sind size skin slap slit smash sod sois son
sorry stab stelletje stfu stick stoned strangle suck suffer tas thick throttle toddler toddlers torch unfahige
va vai vas vayanse verpiss verpisst vete waste watch wish year zamknij zamknijcie zijn zip"""
