# ruff: noqa: E501
"""Word tables of the base corpus: domains and their objects, slot fillers, and a lexicon by category.

Every table is written for this project. `DOMAINS` lines read `kind: id=surface|surface ; id=surface ...`; the id is the
snake_case word that labels use, the surfaces are how people say it.
"""

DOMAINS = """
= bank | bank / banking app / credit union
item: card=card|bank card|plastic card|debit card ; credit_card=credit card|gold card ; virtual_card=virtual card|online card|\
digital card ; card_reader=card reader|code device ; chequebook=chequebook|cheque book ; mobile_wallet=phone wallet|watch payment
payment: transfer=transfer|bank transfer|wire|money transfer|payment to a friend ; card_payment=card payment|purchase|\
payment with my card|payment in a shop ; cash_withdrawal=cash withdrawal|withdrawal|cash from the machine|ATM withdrawal ; \
deposit=deposit|cash deposit|cheque deposit|paid in money ; direct_debit=direct debit|monthly debit ; standing_order=standing \
order|fixed transfer ; top_up=top up|top-up|adding of money|loading of my account ; exchange=currency exchange|money exchange ; \
salary=salary payment|wage payment ; online_purchase=online purchase|web purchase ; loan_instalment=loan instalment
access: pin=PIN|pin code|secret number ; passcode=passcode|app code|login code ; password=password ; identity=identity|\
proof of who I am ; personal_details=personal details|address|home address|name|surname ; phone_number=phone number|mobile \
number ; source_of_money=source of my money|origin of my funds ; fingerprint=fingerprint|face login
account: account=account|bank account|current account ; savings=savings account|savings pot ; loan=loan|credit ; \
mortgage=mortgage|home loan ; joint_account=joint account|shared account ; junior_account=child account|youth account
document: statement=statement|bank statement|account statement ; tax_certificate=tax certificate|interest report ; \
contract=contract|credit contract
booking: advisor_meeting=meeting with an adviser|advice meeting|branch appointment
service: banking_app=app|banking app|mobile app ; online_banking=online banking|web bank ; atm=cash machine|ATM|cashpoint
general: branch=branch|office ; hotline=hotline|call centre|support team ; adviser=adviser|manager
= telecom | phone company / internet provider / mobile operator
item: sim_card=SIM card|sim|chip for my phone ; router=router|modem|wifi box ; handset=phone|handset|new mobile ; decoder=TV \
box|decoder ; repeater=repeater|wifi booster
payment: prepaid_credit=prepaid credit|recharge|airtime top up ; bill_payment=bill payment|phone bill payment ; \
deposit=deposit|security deposit
access: puk=PUK|puk code ; voicemail_code=voicemail code ; wifi_password=wifi password|network key ; phone_number=phone \
number|number I port ; login=login|user name
account: plan=plan|tariff|mobile plan|phone plan ; family_plan=family plan|group plan ; roaming=roaming pack|travel pack
document: invoice=invoice|bill|phone bill ; contract=contract|agreement ; usage_record=usage record|call list
booking: technician_visit=technician visit|engineer appointment|home visit
service: internet=internet|broadband|wifi|connection|fibre line ; mobile_signal=mobile signal|signal|reception|network ; \
television=television service|TV channels|stream ; voicemail=voicemail|mailbox ; landline=landline|home phone
general: shop=shop|store ; hotline=hotline|help line|support ; website=website|web page
= utility | power company / water company / energy supplier
item: meter=meter|smart meter|electricity meter ; key_card=meter key|prepay key ; thermostat=thermostat ; solar_panel=solar panel
payment: bill_payment=bill payment|monthly payment|instalment ; refund=credit balance payout|refund of my balance ; \
direct_debit=direct debit|automatic payment
access: meter_reading=meter reading|reading|meter number ; customer_number=customer number ; address=address|supply address
account: tariff=tariff|energy plan|green plan ; account=account|customer account
document: bill=bill|yearly bill|energy bill ; certificate=energy certificate ; contract=contract
booking: inspection=inspection|meter inspection ; repair_visit=repair visit|plumber visit|electrician visit
service: electricity=electricity|power|current ; water=water|water supply|tap water ; gas=gas|gas supply ; heating=heating|\
hot water ; charging_point=charging point|car charger
general: emergency_line=emergency line ; office=office|service desk ; portal=portal|customer portal
= hospital | hospital / clinic / medical practice
item: wristband=wristband|patient band ; crutches=crutches|walking frame ; hearing_aid=hearing aid ; medicine=medicine|tablets|pills
payment: copayment=co-payment|own share ; insurance_claim=insurance claim|claim ; bill_payment=hospital bill payment
access: patient_number=patient number ; insurance_number=insurance number|insurance card number ; portal_password=portal password
account: patient_record=patient record|medical file|health record ; newborn_registration=registration of my baby
document: prescription=prescription|repeat prescription ; lab_result=lab result|blood test result|test result ; sick_note=sick \
note|doctor's note ; referral=referral|referral letter ; xray=X-ray picture|scan
booking: appointment=appointment|doctor's appointment|check-up ; operation=operation|surgery ; vaccination=vaccination|jab ; \
scan_slot=scan|MRI scan ; ambulance_ride=ambulance ride|patient transport
service: patient_portal=patient portal|health app ; video_consultation=video consultation|online visit ; ward_phone=ward phone
general: ward=ward|children's ward ; visiting=visiting desk ; pharmacy=pharmacy ; nurse=nurse|doctor|staff ; parking=parking|car park
= shop | online shop / clothes shop / department store / marketplace
item: parcel=parcel|package|order|delivery ; shoes=shoes|sneakers|boots ; dress=dress|shirt|jacket|coat ; lamp=lamp|mirror ; \
gift_card=gift card|voucher card ; laptop=laptop|tablet|computer ; washing_machine=washing machine|fridge|oven ; book=book|novel
payment: order_payment=payment|payment for my order|checkout ; refund=refund ; instalment=instalment|pay later plan
access: password=password|login ; email_address=email address|mail address ; delivery_address=delivery address
account: customer_account=customer account|shop account|profile ; loyalty_account=loyalty account|bonus points|points
document: invoice=invoice|receipt ; warranty=warranty|guarantee papers ; return_label=return label
booking: delivery_slot=delivery slot|delivery time ; fitting=fitting|style advice
service: website=website|web shop|shop app ; newsletter=newsletter|mails ; click_and_collect=click and collect|pick-up service
general: store=store|shop ; customer_service=customer service|support ; size_guide=size guide|fitting room ; stock=stock room|warehouse
= travel | airline / travel agency / railway / hotel chain
item: suitcase=suitcase|baggage|luggage|bag ; travel_pass=travel pass|rail card ; room_key=room key|key card ; ticket=ticket|train ticket
payment: fare=fare|ticket payment|payment for the flight ; deposit=deposit|room deposit ; compensation=compensation|delay money
access: booking_code=booking code|booking reference ; passport_details=passport details|passport number ; name=name on the ticket
account: miles_account=miles account|frequent flyer account ; membership=membership|club card
document: boarding_pass=boarding pass ; visa_letter=visa letter|invitation letter ; itinerary=itinerary|travel plan ; invoice=invoice
booking: flight=flight|plane ; room=room|hotel room|double room ; train=train|night train ; rental_car=rental car|hire car ; \
excursion=excursion|city tour|boat trip ; seat=seat|window seat
service: checkin=check-in|online check-in ; wifi_on_board=wifi on board ; shuttle=shuttle|airport bus ; lounge=lounge
general: desk=desk|front desk|reception ; crew=crew|conductor ; lost_and_found=lost property office ; pool=pool|spa|breakfast room
= software | software company / cloud service / app maker
item: licence_key=licence key|product key|serial number ; security_token=security token|login stick ; headset=headset|test device
payment: subscription_payment=subscription payment|renewal payment ; refund=refund|credit note ; usage_charge=usage charge
access: password=password ; api_key=API key|access token ; two_factor=two-factor code|authenticator ; email=email|work mail ; \
permission=permission|access right|admin right
account: workspace=workspace|team space ; subscription=subscription|licence|pro plan ; trial=trial|free trial ; user=user account
document: invoice=invoice|tax invoice ; agreement=agreement|data agreement ; report=report|export|audit report
booking: training=training|webinar|course ; demo=demo|product demo
service: application=application|program|desktop app ; dashboard=dashboard|start page ; sync=sync|backup|file sync ; \
integration=integration|plug-in|connector ; search=search|search function ; server=server|database|cluster ; mail=mail sending
general: support=support|help desk ; documentation=documentation|docs ; forum=forum|community
= insurance | insurance company / insurer
item: insurance_card=insurance card|green card ; tracker=car tracker|driving box
payment: premium=premium|monthly premium ; payout=payout|claim payment ; excess=excess|own share
access: policy_number=policy number ; bank_details=bank details|account number ; address=address
account: policy=policy|car insurance|home insurance|travel insurance ; claim=claim|damage claim ; life_policy=life insurance
document: certificate=certificate|proof of insurance ; claim_form=claim form ; terms=terms|policy terms
booking: assessor_visit=assessor visit|expert visit ; call_back=call back|advice call
service: claims_app=claims app|app ; roadside_help=roadside help|tow service
general: agent=agent|broker ; claims_team=claims team ; office=office
= city | town hall / city office / library
item: library_card=library card|reader card ; parking_permit=parking permit ; passport=passport|identity card ; bin=bin|waste bin|recycling box
payment: parking_fine=parking fine|ticket ; dog_tax=dog tax|local tax ; fee_payment=fee payment
access: registration_number=registration number ; address=address|new address ; login=login|citizen login
account: citizen_account=citizen account ; residence=residence registration|registration of my flat ; business=business registration
document: birth_certificate=birth certificate|marriage certificate ; permit=permit|building permit ; tax_notice=tax notice|letter
booking: appointment=appointment|slot at the office ; hall=hall|sports hall|meeting room ; wedding=wedding date|ceremony
service: waste_collection=waste collection|rubbish pick-up ; street_light=street light ; bus_line=bus line|tram ; water_fountain=fountain
general: town_hall=town hall|office ; library=library ; swimming_pool=swimming pool ; mayor=mayor|council
= school | school / university / language school
item: student_card=student card|campus card ; textbook=textbook|course book ; locker_key=locker key ; uniform=uniform
payment: tuition=tuition|tuition fee|course fee ; scholarship=scholarship payment|grant ; lunch_money=lunch money
access: student_number=student number ; password=password|campus login ; course_choice=course choice
account: enrolment=enrolment|place at the school ; course=course|evening class|language course ; dorm=dorm room|student flat
document: transcript=transcript|grades|school report ; diploma=diploma|certificate ; essay=essay|homework|thesis
booking: exam=exam|test|oral exam ; tutor_session=tutor session|parents' evening ; lab_slot=lab slot|study room
service: learning_platform=learning platform|course page ; campus_wifi=campus wifi ; printer=printer|copy machine
general: library=library ; canteen=canteen|cafeteria ; secretary=secretary|student office ; gym=gym
= restaurant | restaurant / food delivery service / bakery
item: meal=meal|pizza|soup|food order ; cake=cake|birthday cake ; meal_box=meal box|lunch box ; gift_voucher=gift voucher
payment: order_payment=payment|payment for my meal ; tip=tip ; catering_invoice=catering payment
access: address=address|door code ; password=password ; diet_profile=diet profile|allergy list
account: meal_plan=meal plan|weekly box ; account=account|profile ; points=points|stamp card
document: receipt=receipt|bill ; menu=menu|allergen list ; invoice=invoice
booking: table=table|table for four ; catering=catering|party ; delivery_slot=delivery time
service: ordering_app=ordering app|app ; live_tracking=live tracking|map ; table_service=service
general: restaurant=restaurant|kitchen ; rider=rider|driver ; chef=chef|waiter
= fitness | fitness club / sports centre / yoga studio
item: member_card=member card|entry chip ; towel=towel|locker lock ; bike=bike|treadmill|rowing machine
payment: membership_fee=membership fee|club fee ; day_pass=day pass payment ; refund=refund
access: entry_code=entry code|door code ; photo=photo|profile picture ; health_form=health form
account: membership=membership|gold membership ; family_membership=family membership ; guest_pass=guest pass
document: training_plan=training plan ; contract=contract ; confirmation=confirmation|letter
booking: class=class|yoga class|spinning class ; trainer=trainer session|personal training ; court=court|tennis court ; massage=massage
service: sauna=sauna|steam room ; club_app=club app ; showers=showers|changing room
general: club=club|gym ; trainers=trainers|staff ; kids_corner=kids corner
= housing | landlord / housing company / property manager
item: key=key|front door key|mailbox key ; fridge=fridge|stove ; boiler=boiler|radiator ; blind=blind|window|door
payment: rent=rent|rent payment ; deposit=deposit ; service_charge=service charge|heating costs
access: door_code=door code ; name_plate=name on the door|name plate ; bank_details=bank details
account: lease=lease|tenancy ; parking_space=parking space|garage ; storage=storage room|cellar
document: lease_contract=lease contract|rental contract ; reference_letter=landlord reference ; cost_sheet=yearly cost sheet
booking: viewing=viewing|flat viewing ; repair=repair|repair visit|plumber ; handover=handover|key handover ; laundry=laundry slot
service: lift=lift|elevator ; heating=heating|hot water ; intercom=intercom|doorbell ; laundry_room=laundry room ; lighting=stair light
general: caretaker=caretaker|janitor ; neighbour=neighbour|noise desk ; office=office
= auto | car workshop / car sharing company / leasing company
item: car_key=car key|spare key ; tyre=tyre|winter tyres|wheel ; battery=battery|charging cable ; number_plate=number plate
payment: leasing_rate=leasing rate ; repair_payment=repair payment ; deposit=deposit ; toll=toll|speeding ticket
access: driving_licence=driving licence ; app_pin=app PIN ; registration=registration|licence plate number
account: membership=membership|driver account ; leasing=leasing contract ; warranty=warranty extension
document: repair_invoice=repair invoice|bill ; service_book=service book ; quote=quote|cost estimate
booking: car=car|van|small car ; inspection=inspection|service|oil change ; test_drive=test drive ; tow=tow truck
service: unlocking=unlocking|door opening by app ; navigation=navigation|car screen ; charging=charging|charging station ; engine=engine|brakes
general: workshop=workshop|garage ; dealer=dealer|sales team ; damage_desk=damage desk
"""

COMPANY_FIRST = """Harrow Linden Northgate Bluebird Castell Merrow Oakfield Pinehill Silverlake Tandem Urbana Vesper Westbrook
Yarrow Zephyr Amberly Birchwood Corvin Dalton Elmswood Fairview Granite Hollis Ivory Juniper Kestrel Lumen Marlow Nimbus
Orchard Palladin Quarry Redfern Stonebridge Thistle Umber Valiant Willow Ashford Brightwater Cobalt Dunmore Everly Foxglove"""

SLOTS = {
    "dur": "two days|three days|a week|two weeks|ten days|a month|over a week|four hours|an hour|six weeks|20 minutes|3 days|"
    "5 days|almost a month|half a day|48 hours|more than a week|several days|twelve days|a couple of weeks|ages|8 weeks",
    "ago": "yesterday|last week|two weeks ago|a few days ago|on Monday|this morning|a month ago|earlier today|last month|"
    "3 days ago|an hour ago|in May|last Friday|before the holidays|last night|over a week ago",
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|yesterday|last night|the weekend|this morning|noon",
    "when": "yesterday|today|last night|on the weekend|this morning|on holiday|last week|two hours ago|on Saturday|just now|"
    "while travelling|in the night|an hour ago|at lunch",
    "where": "at the station|in a shop|at the airport|in a taxi|on the bus|at the supermarket|in a cafe|at work|in {city}|"
    "in {country}|at the petrol station|in the park|online|in a hotel|at the till|at a machine|in the city centre|abroad",
    "person": "wife|husband|daughter|son|mother|father|friend|sister|brother|colleague|neighbour|partner|boss|grandmother|flatmate|"
    "cousin|uncle|aunt|roommate|tenant|child|kid|client",
    "money": "20 euros|$45|£12.50|a hundred pounds|15 dollars|£300|€75|2 pounds|$1,200|60 francs|9.99|£5|500 euros|$30|one pound|"
    "80 kroner|€4.20|a lot of money|half of it|1000 yen|£89|$250",
    "currency": "dollars|euros|pounds|yen|francs|kroner|zloty|rupees|Swiss francs|pesos|rand|lira|Australian dollars|GBP|USD|EUR",
    "paymeans": "a card|cash|a cheque|a bank account|a credit card|my phone|an invoice|a voucher|a prepaid card|a bank transfer|"
    "a foreign card|coins|my watch|a friend's card|points",
    "num": "404|17|E42|0x80|1201|503|88|A7|23|9001|12|500|301|75",
    "city": "London|Paris|Berlin|Madrid|Rome|Vienna|Oslo|Dublin|Lisbon|Prague|Leeds|Bristol|Geneva|Tokyo|Boston|Chicago|Denver|"
    "Austin|Toronto|Sydney|Lagos|Nairobi|Cairo|Mumbai|Delhi|Lima|Porto|Turin|Lyon|Hamburg|Cork|Bergen|Seoul|Athens|York|Malmo",
    "country": "France|Spain|Italy|Germany|the United States|Canada|Japan|Brazil|Poland|Norway|Greece|Turkey|India|China|Mexico|"
    "Portugal|Ireland|Australia|Kenya|Egypt|Sweden|the UK|Europe|the EU|Switzerland|Thailand|Morocco|Peru|Vietnam|Austria",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December|last month",
    "date": "3 May|12 June|the 14th|1 March|August 9|the 21st|next Friday|2 December|the 5th of July|30 September",
    "first": "Anna Ben Clara David Ella Frank Grace Henry Iris Jack Karen Liam Maria Noah Olivia Paul Quinn Rosa Sam Tara Umar "
    "Vera Will Xenia Yusuf Zoe Amir Bianca Carlos Diana Emil Fatima George Hana Ivan Julia Kofi Lena Marco Nina Oscar Priya "
    "Ravi Sofia Tomas Ursula Victor Wendy Yara Aisha Boris Chloe Dmitri Elena Felix Gita Hugo Ines Jonas Kim".replace(
        " ", "|"
    ),
    "last": "Adams Baker Costa Diaz Evans Fischer Garcia Hughes Ibrahim Jensen Khan Lopez Meyer Novak Okafor Patel Quist Rossi "
    "Smith Tanaka Ueda Vargas Weber Xu Young Zimmer Andersson Brown Clark Dubois Eriksen Ford Green Hansen Ito Jones Keller "
    "Larsen Moreau Nguyen Ortiz Park Reed Silva Turner Walker Wright Yilmaz Berg Chen Murphy Kowalski".replace(
        " ", "|"
    ),
}

LEXICON = {
    "animal": "dog cat horse cow sheep goat pig lion tiger bear wolf fox rabbit mouse elephant giraffe zebra monkey snake frog eagle "
    "owl parrot duck goose chicken whale dolphin shark salmon spider bee ant butterfly turtle deer otter badger camel crow",
    "fruit": "apple pear banana orange lemon cherry grape peach plum mango melon kiwi strawberry raspberry fig date lime apricot",
    "vegetable": "carrot potato onion tomato cabbage spinach pepper cucumber bean pea leek garlic pumpkin broccoli celery beet corn",
    "food": "bread cheese butter rice pasta soup salad sandwich cake biscuit honey egg yoghurt pancake stew pie noodle sausage jam",
    "drink": "water milk coffee tea juice lemonade wine beer cocoa cider soda smoothie",
    "colour": "red blue green yellow black white grey brown pink purple orange golden silver turquoise beige",
    "clothing": "shirt trousers skirt dress coat jacket hat scarf glove sock shoe boot belt sweater tie blouse raincoat",
    "tool": "hammer saw drill screwdriver wrench pliers axe shovel rake ladder brush chisel file tape nail screw",
    "vehicle": "car bus train bicycle truck plane boat ship tram taxi scooter van tractor motorcycle helicopter ferry",
    "job": "teacher nurse doctor farmer baker lawyer driver pilot engineer plumber cook waiter painter writer singer judge clerk "
    "dentist gardener mechanic soldier librarian tailor butcher journalist accountant carpenter programmer",
    "place": "school hospital library museum station airport park market bakery church office factory harbour theatre hotel "
    "restaurant village castle bridge garden farm bank stadium prison square",
    "weather": "rain snow wind storm fog sunshine hail thunder frost heat drizzle cloud",
    "furniture": "table chair bed sofa desk shelf wardrobe lamp mirror stool bench cupboard drawer carpet",
    "body": "head hand foot arm leg knee shoulder back nose ear eye mouth finger neck stomach elbow heart",
    "music": "piano guitar violin drum flute trumpet harp cello organ saxophone song choir concert",
    "sport": "football tennis swimming running cycling skiing boxing golf rowing hockey basketball chess climbing dancing",
    "subject": "history biology physics chemistry geography grammar algebra art economics music law medicine philosophy",
    "metal": "iron gold silver copper zinc tin lead steel bronze aluminium nickel",
    "feeling": "joy anger fear hope love shame pride sorrow surprise envy boredom relief trust doubt",
    "nature": "river mountain lake forest sea island valley desert beach hill cave cliff meadow waterfall field",
    "plant": "rose tulip oak pine grass fern moss ivy daisy willow birch cactus lily bush",
    "computer": "screen keyboard file folder server network database printer program browser window password cable disk memory",
}
VERBS = """walk talk open close find lose buy sell send receive write read paint clean break fix build carry pull push watch hear
follow lead teach learn cook bake wash drive park visit leave enter start finish stop help ask answer call wait hope plan choose
change keep throw catch cut fold measure count weigh borrow lend return hide show explain forget remember promise refuse accept
order deliver pack unpack load repair replace check sign print copy delete save store share join meet invite thank warn protect"""
ADJECTIVES = """old new big small long short heavy light fast slow warm cold bright dark quiet loud clean dirty cheap expensive
happy sad angry kind rude brave shy clever lazy busy free full empty strong weak soft hard wet dry fresh rotten sweet bitter
early late young modern ancient famous secret strange simple difficult careful careless honest gentle proud tired hungry thirsty
wooden broken narrow wide deep shallow round square smooth rough rich poor safe dangerous public private local foreign"""
ANTONYMS = """old/new big/small long/short heavy/light fast/slow warm/cold bright/dark quiet/loud clean/dirty cheap/expensive
happy/sad early/late full/empty strong/weak soft/hard wet/dry rich/poor safe/dangerous wide/narrow deep/shallow open/close
find/lose buy/sell start/finish accept/refuse remember/forget send/receive push/pull lend/borrow load/unload enter/leave
hide/show save/delete public/private simple/difficult up/down left/right day/night yes/no before/after above/below more/less
increase/decrease arrive/depart allow/forbid win/lose begin/end true/false give/take come/go high/low near/far"""
SYNONYMS = """big/large small/little fast/quick begin/start end/finish buy/purchase help/assist ask/inquire fix/repair choose/select
happy/glad sad/unhappy angry/furious clever/smart rich/wealthy quiet/silent brave/bold wrong/incorrect right/correct get/obtain
show/display hide/conceal send/dispatch receive/get cancel/revoke change/modify close/shut need/require want/wish allow/permit
stop/halt try/attempt answer/reply problem/issue mistake/error fee/charge price/cost refund/repayment delay/wait missing/absent
broken/damaged lost/misplaced stolen/robbed blocked/locked declined/refused pending/waiting limit/maximum verify/confirm
document/paper customer/client company/firm money/cash card/pass parcel/package journey/trip phone/telephone purchase/order"""
IRREGULAR = """go/went see/saw buy/bought send/sent find/found lose/lost write/wrote drive/drove take/took give/gave make/made
come/came get/got know/knew think/thought bring/brought break/broke choose/chose forget/forgot begin/began eat/ate drink/drank
speak/spoke leave/left meet/met pay/paid say/said sell/sold tell/told keep/kept feel/felt hold/held read/read run/ran sit/sat"""

OPENERS = """hi|hello|hey|hi there|good morning|good evening|hello team|dear team|excuse me|help|please help|ok so|so|well|sorry to bother
you|quick question|one question|I have a question|I need help|I have a problem|can you help me|urgent|hello {first}|listen|um|hi, it's
{first} here|good afternoon|sorry|just wondering|as I said before|I am a new customer|I've been a client for years|again me""".replace(
    "\n", " "
)
CLOSERS = """thanks|thank you|please help|please advise|what should I do|why|can you check|can you look into it|I need it today|this is
urgent|I am waiting|please reply soon|thanks in advance|kind regards, {first}|{first} {last}|can you fix this|help|any ideas|please
explain|I'm worried|this is not ok|let me know|what is going on|I don't get it|it is really annoying|no hurry|how come|what can be
done about it|am I doing something wrong|is that normal|I want this solved|who can help me|cheers|please sort it out""".replace(
    "\n", " "
)
CONTEXTS = """I am in {country} right now|I was at the shop {when}|I [live|work|stay] in {city}|I'm leaving for {country} on {day}|my
{person} told me to ask you|I already [called|wrote|asked] {ago}|I [looked|searched] [on your page|in the app] but found nothing|I just
[moved|arrived] to {city}|I have been with you for [years|a month]|I only [noticed|saw] it {when}|I did everything [you said|as always]|I need
it for [work|my trip|my {person}]|it [worked|was fine] until {day}|my {person} has the same problem|I tried it [twice|three times|on another
phone]|the last time it was [fine|quicker]|I spoke to {first} {ago}|it was [about|for] {money}|I have my {person} with me|I am [not good
with|new to] computers|we are going on holiday [soon|in {dur}]|I checked it {when}|nothing has changed on my side|I was told it would take
{dur}|I restarted my phone""".replace("\n", " ")
MOODS = {
    "angry": "this is ridiculous|I am furious|unbelievable|I have had enough|worst service ever|you must be joking|this makes me so "
    "mad|absolutely terrible|I will leave you|shame on you|I am fed up|stop wasting my time",
    "polite": "would you be so kind|many thanks for your help|I would really appreciate it|sorry for the trouble|thank you so much|"
    "if it is not too much trouble|with best wishes|I am grateful for any help",
    "worried": "I am scared|I'm really worried|I can't sleep because of this|I don't know what to do|I'm afraid I lose my money|"
    "this makes me nervous|I hope nothing bad happened",
    "happy": "I love your service|great so far|you are the best|all the rest is wonderful|I'm very pleased|keep up the good work",
}
