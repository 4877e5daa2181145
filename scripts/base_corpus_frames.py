# ruff: noqa: E501
"""Message frames of the base corpus: what a customer can want, and many ways of saying it.

One block a kind of object (`@item`, `@payment`, ...), one paragraph a frame. The head line of a frame reads

    # label/synonym/... | team/synonym/... | what the message is about | what the desk answers

and every line below it is a message pattern. `[a|b|]` picks one, `{o}` is the object the message is about, other braces
name a word list of `base_corpus_tables.py`. The text is written for this project and taken from no data set.
"""

FRAMES = """
@item
# not_arrived/missing/delivery_delay | delivery/shipping | the {o} has not arrived | check the tracking page and wait two more days
[my|the] {o} [hasn't|has not|never|still hasn't] [arrived|come|turned up|shown up|reached me|been delivered]
[still|] [waiting for|no sign of|haven't got|did not get] [my|the] {o}[, it's been {dur}| after {dur}| since {day}|]
where is [my|the|that] {o}[?|, you said {dur}| that I ordered {ago}?| you promised me?]
it [has been|is now|took] {dur} and [no|there is no|I have no] {o}[ yet| in my mailbox| at my door|]
I [ordered|was promised|should have had] [my|a] {o} {ago} [and nothing came|but it never came|and it is not here]
the [post|courier|mailman] has not brought [my|the] {o}
[shouldn't|should not] [my|the] {o} be here by now?
# track/delivery_status/shipment_status | delivery/shipping | where the {o} is on its way | open the tracking link in your confirmation
[how can I|can I|is there a way to|where do I] [track|follow|see the status of] [my|the] {o}[ online| on its way|]?
[what is|what's|give me] the [tracking number|status|shipping status] [of|for] [my|the] {o}
[when|what day|on which day] [will|does|should] [my|the] {o} [arrive|get here|be delivered|come]?
[has|did] [my|the] {o} [been sent|been shipped|left the warehouse|go out] [yet|already|]?
how long [does|will|would] [it take for|delivery of] [my|a] {o}[ to arrive| take| to get to {country}|]?
# arrived_damaged/damaged/broken_on_arrival | returns/quality | the {o} came damaged | send us a photo and we will replace it
[my|the] {o} [arrived|came|was delivered] [damaged|broken|scratched|cracked|bent|in pieces|torn|dented]
I [opened|unpacked] the [box|envelope|packet] and [my|the] {o} is [broken|cracked|bent|damaged|ruined]
there is [a crack|damage|a big scratch|a dent] [on|in] [my|the] [new|] {o}
[you sent|I received] me a [damaged|broken|faulty] {o}
# wrong_one/wrong_item/incorrect_item | returns/quality | the wrong {o} was sent | keep the parcel and use the free return label
[you sent|I got|I received|they delivered] the wrong {o}
this is not the {o} [I ordered|I asked for|I chose|from the picture]
I [asked for|wanted|ordered] a [blue|black|larger|smaller|different] {o} [but got another|and this is something else]
the {o} [in the box|that came|I have here] [is not mine|has somebody else's name on it|is a different one]
# lost/lost_item/report_lost | security/support | the {o} was lost by the customer | block it in the app and order a new one
[I|I think I|my {person}] [lost|misplaced|dropped] [my|the] {o}[ {where}| {when}| somewhere|]
[I can't|I cannot|can't] find [my|the] {o}[ anywhere| any more| since {day}|]
[my|the] {o} [is gone|is lost|went missing|must have fallen out of my bag]
[what should I do|who do I call|what now] if [I lose|I lost|I've lost] [my|the] {o}?
I left [my|the] {o} {where} [and it is gone|and want to report it|, help]
# stolen/theft/report_stolen | security/fraud | the {o} was stolen | block it at once and tell the police
[somebody|someone|a thief] [stole|took|ran off with|grabbed] [my|the] {o}[ {where}| {when}|]
[my|the] {o} [was|has been|got] [stolen|taken|robbed][ {where}| {when}|]
[my|the] [bag|wallet|car|purse|jacket] with [my|the] {o} [was stolen|got stolen|was taken] [{where}|{when}|]
I [was|got] [robbed|mugged] [{where}|{when}] and [they have|they took] [my|the] {o}
# found/item_found/found_again | security/support | the lost {o} was found again | unblock it under settings
I [found|have found] [my|the] {o}[ again| in my coat| under the sofa|][, can I use it again?| so please unblock it|]
[my|the] {o} [turned up|was in the car all along|is back][, how do I switch it on again?| can you reactivate it|]
[can I|how do I] [use|reactivate|unblock] [my|the] {o} [now that I found it|after reporting it lost]?
# not_working/defective/malfunction | technical/support | the {o} does not work | restart it and try once more
[my|the] [new|] {o} [isn't|is not|stopped|just stopped|doesn't seem to be] working[ since {day}| any more| at all|]
[my|the] {o} [does not work|won't work|doesn't work][ {where}| in shops| at all|]
[why|any idea why|could you tell me why] [isn't|doesn't] [my|the] {o} [working|work]?
[I can't use|I'm unable to use|can't get any use out of] [my|the] {o}[ {where}|]
[my|the] {o} is [dead|broken|faulty|acting up|useless]
[something is|there's something] wrong with [my|the] {o}
I tried [my|the] {o} [twice|three times|{where}] and it [failed|did nothing|was rejected]
# activate/activation/setup | onboarding/technical | how to activate the {o} | open the app, choose the item and press activate
[how do I|how can I|where do I|help me] [activate|switch on|set up|start|enable|register] [my|the|this] [new|] {o}[?| for the first time?|]
I [got|received|just got] my {o}[ today| {when}|], [what do I do next|how do I make it work|what now|is there something to activate]?
[I can't|I could not|unable to|failed to] [activate|set up|register] [my|the] [new|] {o}
[does|do I need to have] [my|the] {o} [need to be activated|activated before use]?
activation of [my|the] {o} [fails|is not possible|gives an error]
# order_new/order/get_one | sales/orders | how to get a {o} | choose it in the shop page and confirm
[how do I|how can I|where can I|I want to|I'd like to|can I] [get|order|apply for|request|obtain|have] a [new|] {o}[?| please| from you|]
[do you|does your company] [offer|sell|have|provide|hand out] [a|any] {o}[ for kids| for business||]?
[what do I need|what are the steps|is it possible] to [get|order|apply for] a {o}?
[please send|send|give] me a {o}
I am interested in [a|your] {o}
# extra/second_one/additional | sales/orders | a second {o} for the same customer | add it under my products
[can I|how can I|is it possible to] [get|have|order] [a second|another|an additional|one more|two of the] {o}[ for my {person}|]?
my {person} [needs|wants|would like] a {o} [too|as well|on my account]
[how many|what number] of {o} [can I have|am I allowed|fit on one account]?
# replace/replacement/renewal | support/orders | a replacement for the {o} | ask for a replacement in the app
[I need|please send|can I have|how do I get] a [replacement|replacement for my|new one, my] {o}[ is worn out| please|]
[my|the] {o} [expires|runs out|is about to expire|will end] [soon|next month|in {dur}][, do I get a new one?| what happens then?|]
[will you|do you] [send|issue] a new {o} [automatically|before the old one ends]?
[how can I|can I] [swap|exchange|renew] my [old|] {o}[ for a new one|]?
# cost/price/item_fee | billing/sales | what a {o} costs | see the price list on our site
[how much|what] [is|does|would] [a|the|your] {o} [cost|going to cost me]?
[what is|tell me] the [price|fee|charge] [for|of] a [new|second|] {o}
[is|are] there [a fee|any charge|any costs] for [a|the|a new] {o}?
[do I have to pay|will I be charged] for [a|the|my] {o}?
is the {o} free?
# return/send_back/return_request | returns/orders | returning the {o} | print the return label and drop it at a shop
[I want to|can I|how do I|may I] [return|send back|bring back|give back] [my|the|this] {o}[ after {dur}|]
[I changed my mind about|I no longer want|I don't need] the {o}[, how do I return it?| and want to send it back|]
[what is|where is] your return policy for a {o}?
# change_delivery/delivery_address/redirect | delivery/support | another delivery address for the {o} | edit the address before it ships
[can you|please] [send|deliver] [my|the] {o} to [another|a different|my work|my new] address
[I need to|can I|how do I] change the [delivery|shipping] address [of|for] [my|the] {o}
[I am moving|I moved|nobody is home], [can the|where will the] {o} [go to my neighbour|be redirected|be sent]?
[can I|am I able to] choose the [day|date|time] [my|the] {o} [is delivered|comes]?
# stuck_in_machine/retained/swallowed | technical/support | a machine kept the {o} | stay there and call the number on the machine
[the|a|that] machine [{where}|] [ate|kept|took|did not give back|held on to] [my|the] {o}
[my|the] {o} is [stuck|trapped|jammed] in the [machine|slot|terminal|reader][ {where}|]
[how do I|can I] get [my|the] {o} [back|out] [from|of] the machine?
# link/connect/pair | technical/onboarding | linking the {o} to the app or a phone | scan the code under devices
[how do I|can I|how can I|where do I] [link|connect|add|pair] [my|the|this] {o} [to|with] [the app|my phone|my watch|my account|a wallet]?
[the app|my phone|my account] [does not|won't|can't] [see|recognise|find] [my|the] {o}
I [want to|tried to|need to] [link|add|connect] [my|a] {o} [to the app|to my phone|]
# usable_where/acceptance/coverage | info/support | where the {o} can be used | it works everywhere with our sign
[where|in which places|in which shops|in what countries] [can I|is it possible to] use [my|the|this] {o}?
[does|will] [my|the] {o} work [in {country}|abroad|everywhere|on holiday|{where}]?
[is|are] [my|the] {o} [accepted|valid|supported] [in {country}|{where}|abroad|there]?
[who|which places] [accepts|take] [my|the|this] {o}?

@payment
# failed/did_not_go_through/unsuccessful | payments/support | the {o} failed | check the details and try again later
[my|the|a] {o} [failed|has failed|keeps failing|did not go through|didn't work|was not successful][ {when}| again|]
[why|how come|what is the reason] [did|has] my {o} [fail|not go through|failed]?
[I tried|I attempted|I was trying] to make a {o} [but|and] it [failed|didn't work|would not go through|gave an error]
[I can't|I am not able to|I'm unable to|it won't let me] [make|do|complete|finish] a {o}
your app [says|tells me] the {o} [failed|could not be done]
# declined/refused/rejected | payments/support | the {o} was declined | make sure the limit and the balance are enough
[my|the] {o} [was|got|has been|is being|keeps getting] [declined|rejected|refused|denied|turned down][ {where}| {when}|]
[why|for what reason|how come] [was|did you|do you] [my {o} declined|decline my {o}|refuse my {o}|my {o} rejected]?
[they|the shop|the cashier|your system] [declined|refused|would not accept] [my|the] {o}
I have [enough money|plenty of funds] but the {o} [was declined|is refused]
# pending/still_pending/in_progress | payments/support | the {o} is still pending | it usually clears in two working days
[my|the|a] {o} [is|has been|shows as|still says] [pending|in progress|processing|on hold|not completed][ for {dur}| since {day}|]
[why|how come|how long] [is|will] [my|the] {o} [still pending|be pending|stay pending|stuck]?
[when|how soon] will [my|the] pending {o} [clear|be done|go through|complete]?
there is a {o} [in my list|on the screen] that [won't finish|stays pending|is not done yet]
# duplicate/charged_twice/double | payments/disputes | the {o} was taken twice | we will give one of the two back
[I was|I got|you|they] charged [twice|two times|double|more than once][ for the {o}| for one {o}|]
[my|the|one] {o} [appears|shows up|was taken|is there|went out] [twice|two times|double]
[there are|I see|why are there] two [identical|equal|] {o} [entries|lines][ of {money}| on my list|]
[please|can you] [remove|give back|cancel] the [second|duplicate|double] {o}
# wrong_amount/incorrect_amount/amount_differs | disputes/payments | the amount of the {o} is wrong | send us the receipt to compare
[the amount of|the sum of|the figure for] [my|the] {o} is [wrong|incorrect|not right|too high|too low|off]
[I got|I received|it gave me] [less|only part|the wrong amount|{money} less] [from|with|in] [my|the] {o}[ than I asked for|]
[the|my] {o} [should be|was meant to be] {money} [but is|and not] {money}
[why is|how come] [my|the] {o} [lower|higher|bigger|smaller|more|less] than [expected|it should be|I asked]?
# unknown/not_recognised/unfamiliar | fraud/disputes | a {o} the customer does not know | freeze the account and open a dispute
[I don't|I do not|we don't] [recognise|recognize|know|remember] [a|this|that] {o}[ of {money}| from {day}| on my account|]
[there is|I see|I found] a {o} [I did not make|that isn't mine|I never made|I know nothing about|from a company I don't know]
[who|what] [is|made] this {o}[ of {money}|]? [it wasn't me|I did not do it|]
[someone|somebody] [made|did] a {o} [without asking me|from my account|in my name]
[I did not|I didn't|I never] [make|authorise|agree to|approve] [this|that|a] {o}
# fee/charge/extra_cost | billing/payments | a fee on the {o} | the fee is listed in our price sheet
[why|how come|for what] [was I|am I|did I get|have I been] charged [a fee|extra|{money}] [for|on|with] [my|a|the] {o}?
[is|are] there [a|any] [fee|charge|cost|commission] [for|on|when I make] a {o}?
[what|how much] [is|are] the [fee|fees|charge|charges] [for|of|on] a {o}[ abroad| to {country}|]?
[you|they] [took|added|charged] [a fee|an extra {money}|a strange fee] [on|to] [my|the] {o}
[do|will] I [have to|need to] pay [extra|anything|a fee] for [a|my] {o}?
I thought a {o} was free
# cancel/stop/call_back | payments/support | cancelling the {o} | press cancel while it is still pending
[can I|how do I|how can I|is it possible to|I want to|please|I need to] [cancel|stop|undo|call back|take back|reverse] [a|my|the|this] {o}
[I made a mistake|I typed the wrong details|it went to the wrong person], [please stop|cancel|can you reverse] [the|my] {o}
[I sent|I made] [the|a] {o} [to the wrong person|by accident|by mistake|twice by mistake]
# refund_request/want_refund/money_back | refunds/disputes | the customer wants the {o} refunded | fill in the refund form
[I want|I would like|I'd like|I demand|give me|can I get|how do I get] [a refund|my money back] [for|of] [the|my|this] {o}
[can|could|would] you [refund|pay back|give back] [my|the] {o}?
[how|where] do I [ask for|request|apply for] a refund [of|for] a {o}?
[the goods never came|I bought the wrong thing|the shop closed], [I want my {o} back|refund the {o}]
# refund_missing/refund_not_received/refund_delay | refunds/support | the refund of the {o} has not come | a refund needs up to five days
[where is|I am still waiting for|I haven't got|no sign of] [my|the] refund [of|for] [the|my] {o}[, it's been {dur}|]
[the shop|the seller|you] [said|told me|promised] [my|the] {o} [was refunded|would come back] but [nothing came|I don't see it]
[my|the] refund [is not|isn't|does not show] [on my account|in the app|there|up][ after {dur}|]
[how long|when] [does a refund take|will my refund come|do I see the refund][ for a {o}|]?
# not_credited/not_received/balance_not_changed | payments/support | the {o} is not visible in the balance | allow one working day
[my|the] {o} [is not|isn't|has not|hasn't] [showing|in my account|been added|on my balance|arrived][ yet| after {dur}|]
[I made|I did|I paid in] a {o} {ago} [but|and] [my balance is the same|it does not show|nothing changed|the money isn't there]
[where|why] [is the money from|has] my {o} [not been credited|gone|]?
[they|my {person}] [have not|did not|still haven't] [got|received|seen] [the|my] {o}[ I sent {ago}|]
[the balance|my balance] [did not|didn't] [change|go up|update] after [the|my|a] {o}
# how_long/duration/timing | info/payments | how long a {o} takes | most arrive on the same day
[how long|how many days|how much time] [does|will|would] [a|my|the] {o} [take|need][ to {country}| to be there|]?
[when|what time|how soon] [will|does] [my|a|the] {o} [arrive|be there|get in|go through]?
[is|are] a {o} [instant|immediate|quick|done on weekends]?
# limit/maximum/max_amount | info/payments | how large a {o} may be | you can see and change the limit in settings
[what is|is there|tell me] [the|a] [limit|maximum|cap|upper limit|minimum] [for|on|of] a {o}?
[how much|how often|how many times] can I [make|do|use] a {o}[ in a day| per month|]?
[can I|how do I|please] [raise|increase|change|lower] [my|the] {o} limit
[I have|it says I] reached [my|the] {o} limit
# reversed/undone/returned | payments/support | the {o} was reversed | the other side did not accept it
[my|the] {o} [was|has been|got] [reversed|sent back|returned|undone|cancelled][ by itself|]
[why|how come] [did|was|has] [my|the] {o} [come back|reversed|returned|been cancelled]?
[I see|there is] [my|the] {o} [back on my account|cancelled] [but I did not cancel it|and don't know why]
# how_to_make/make_payment/start | onboarding/info | how to make a {o} | choose pay and follow the steps
[how do I|how can I|where do I|what is the way to|I want to|I need to] [make|do|start|send|set up] a {o}[ to {country}| to my {person}| in the app|]?
[can I|am I able to|is it possible to] [make|do|set up] a {o} [from my phone|online|with another card|without a card|at night]?
[explain|show me] how [a|the] {o} works
# currency/exchange/conversion | currency/payments | the {o} in another currency | the rate of the day is used
[can I|do you let me|is it possible to] [make|do|receive] a {o} in [{currency}|another currency|foreign money]?
[what|which] [exchange rate|rate] [do you use|applies|was used] [for|on] [a|my] {o}[ in {currency}|]?
[the|your] [rate|exchange rate|conversion] [on|for] [my|the] {o} [is wrong|is bad|was not what I saw|looks off]
[which|what] currencies [do you support|can I use] for a {o}?
# receipt/proof/confirmation | documents/payments | a receipt for the {o} | download it from the list
[can I get|I need|send me|where is] [a|the] [receipt|proof|confirmation|written proof] [of|for] [my|the] {o}
[how do I|where can I] [download|print|find] [the receipt of|a proof of] a {o}?
# methods/supported_methods/ways_to_pay | info/sales | which ways of {o} exist | we take cards and bank accounts
[which|what] [ways|methods|options|cards|banks] [are there|do you accept|can I use] for a {o}?
[do you|can you] [accept|take|support] [{paymeans}|{paymeans} and {paymeans}] for [a|the] {o}?
[can I|may I] [use|pay with] {paymeans} for [a|my] {o}?
# recurring/automatic/schedule | payments/support | an automatic {o} | set a plan under automatic
[can I|how do I|I want to] [automate|schedule|repeat|plan] [my|a] {o}[ each month| every week|]
[turn off|stop|switch off|where is] the automatic {o}
[my|the] automatic {o} [did not run|ran too early|is wrong]

@access
# forgot/forgotten/lost_access | security/support | the customer forgot the {o} | use the link forgotten on the first page
[I forgot|I've forgotten|I can't remember|I don't remember|my {person} forgot] [my|the] {o}
[I no longer know|what is|remind me of] my {o}
[how do I|what can I do to] [get in|log in] [if I forgot|without] my {o}?
# change/update/edit | accounts/security | changing the {o} | go to profile, then edit
[how do I|how can I|where can I|I want to|I need to|can I|I would like to|please] [change|update|edit|modify|alter|correct] [my|the] {o}[ in the app| online|]
[I have|my {person} has|I've got] a new {o}[, how do I tell you?| please update it|]
my {o} [has changed|is different now|is out of date|is old]
[can|may] I [choose|pick] [my own|another|a different] {o}?
# reset/recover/restore | security/support | resetting the {o} | we send you a link to reset it
[reset|I need to reset|how do I reset|can you reset|where do I reset|recover] my {o}
[the link|the mail|the code] to reset my {o} [never came|has expired|does not work]
# locked/blocked/too_many_tries | security/support | the {o} is blocked after wrong tries | wait an hour or call us to unlock
[my|the] {o} [is|was|got|has been] [locked|blocked|disabled|frozen|suspended]
[I typed|I entered|I used] [the|my] {o} wrong [three times|too often|too many times]
[how do I|please|can you] [unlock|unblock|free] my {o}
[I am|I'm] locked out[, the {o} is blocked| because of my {o}|]
# not_accepted/wrong/rejected | technical/security | the {o} is not accepted | check capital letters and try another browser
[it|the app|the site|your system] [says|claims|tells me] my {o} is [wrong|invalid|incorrect|not known]
[my|the] {o} [does not work|is not accepted|won't be accepted|isn't recognised|is rejected]
[why|how come] [is|does] my {o} [not accepted|not work|wrong]?
# not_set/how_to_get/where_is | onboarding/info | where the {o} comes from | it is in the letter we sent you
[where|how] [do I|can I] [find|get|see|look up] [my|the] {o}?
[I never got|I did not receive|nobody sent me|I don't have] [my|a|the] {o}
[what is|what do you mean by] [the|a] {o}?
[when|how] will [I get|you send] my {o}?
# compromised/leaked/known_by_other | security/fraud | someone else knows the {o} | change it at once and check your sessions
[somebody|someone else|my {person}|a stranger] [knows|has seen|used|has] my {o}
[I think|I fear|I am afraid] my {o} [was stolen|has leaked|is known|has been hacked]
[I gave|I told] my {o} to [a caller|a fake site|someone on the phone]
# verify/verification/confirm | identity/accounts | confirming the {o} | take a photo in good light
[how do I|where do I|what do I need to] [verify|confirm|prove] my {o}?
[I can't|I'm unable to|I could not|failed to] [verify|confirm|prove] my {o}
[the|my] {o} [check|verification] [failed|does not work|is stuck|takes forever]
[what|which] [documents|papers|proof] [do you need|are required|can I send] [for|to check] my {o}?
[my|the] [photo|passport|licence] [was rejected|is not accepted] when [checking|verifying] my {o}
# why_needed/reason/is_it_required | identity/info | why the {o} is asked for | the law asks us to know our customers
why do you [need|want|ask for|require] my {o}?
[do I|must I|do I really] [have to|need to|give you] [confirm|hand over|show] my {o}?
[what|why] [happens with|do you do with] my {o}?
[is it|am I] [safe|obliged|required] to [share|give] my {o}?

@account
# open/create/sign_up | onboarding/sales | opening a {o} | sign up in five minutes on our page
[how do I|how can I|where do I|I want to|I'd like to|can I] [open|create|register|start|sign up for|set up] [a|my] [new|] {o}
[what do I need|what are the conditions|who is allowed] to [open|have|create] a {o}?
[can my {person}|may a child|can a student|am I old enough to] [have|open|get] a {o}?
[what is|is there] [the|a] [age limit|minimum age] for a {o}?
# close/delete/terminate | accounts/retention | closing the {o} | we are sorry; confirm by mail and we will close it
[how do I|I want to|I need to|please|can you|I'd like to] [close|delete|cancel|end|terminate|get rid of|shut down|remove] [my|the|this] {o}
[I no longer|I don't] [need|want|use] [my|the|this] {o}
[I am|I'm] [leaving|not happy with you|done], [close|delete|stop] my {o}
# suspended/frozen/restricted | security/accounts | the {o} is suspended | send us the papers we asked for
[my|the] {o} [is|was|has been|got] [suspended|frozen|restricted|put on hold|limited|closed by you]
[why|for what reason|since when] [is|was|did you] [my {o} blocked|suspend my {o}|my {o} suspended|freeze my {o}]?
[when|how] can I use my {o} again? [it is blocked|you froze it|]
# share/add_person/joint | accounts/sales | adding a second person to the {o} | invite the person from the app
[can I|how do I|I want to] [add|put|invite] [my {person}|another person|a colleague] [to|on] my {o}
[can|may] [two people|my {person} and I|several people] [share|use|have] [one|a|the same] {o}?
[remove|take] my {person} [from|off] [the|my] {o}
# upgrade/change_plan/switch | sales/retention | moving to a better {o} | pick the new plan; it starts next month
[how do I|can I|I want to|I'd like to] [upgrade|move up|switch|change] [my|the|to a better] {o}
[what is|tell me] the difference between your {o} [types|options|levels]?
[downgrade|I want a cheaper|put me on a smaller] {o}
[which|what] {o} [is best for me|do you recommend|should I take]?
# benefits/features/what_included | info/sales | what the {o} offers | the list of benefits is on our page
[what|which] [benefits|features|services|extras] [does|come with|are in] [the|a|my] {o}[ have|]?
[what|how much] do I get with [a|the] {o}?
[tell me more|I want to know more|some information please] about [the|your] {o}
# cost_monthly/monthly_fee/subscription_price | billing/sales | the monthly price of the {o} | the price is shown in the plan list
[what|how much] [is|does] [the|a|my] {o} [cost|per month|each month|a year]?
[why|since when] [did|has] the price of my {o} [go up|gone up|changed|risen]?
[is|do you charge for] the {o} [free|without monthly costs]?
# details_wrong/wrong_details/data_error | accounts/support | wrong data in the {o} | send us the right data
[the|my] [name|address|birthday|spelling of my name] [on|in] my {o} is [wrong|misspelled|old|not right]
[you have|there is] [a mistake|an error|a typo] in my {o}
# inactive/no_longer_visible/disappeared | technical/accounts | the {o} has disappeared | log out and in again
[my|the] {o} [has disappeared|is gone|does not show|is empty|is missing|vanished][ from the app| since {day}|]
[I can't|I cannot] [see|find|open] my {o}[ any more| in the app|]

@booking
# book/make_booking/new_booking | bookings/sales | booking a {o} | choose a free slot on our page
[I want to|I'd like to|can I|how do I|could I] [book|reserve|make|arrange|schedule|get] a {o}[ for {day}| for two| next week|]
[is there|do you have|any chance of] a {o} [free|available|left|open] [on {day}|tomorrow|next week|tonight]?
[please|kindly] [book|reserve] me a {o} [on {day}|for {date}]
# cancel/cancel_booking/call_off | bookings/support | cancelling the {o} | cancel free of charge up to one day before
[I need to|I have to|please|can I|how do I|I want to] [cancel|call off|drop] [my|the] {o}[ on {day}| for {date}|]
[I can't|we cannot|I won't be able to] [come|make it] to [my|the] {o}[, I am ill|, sorry|]
[what happens|do I pay] if I cancel [my|the] {o}?
# reschedule/move/change_date | bookings/support | moving the {o} to another time | pick a new time from the link
[can I|I need to|is it possible to|please] [move|reschedule|change|shift|push back|postpone|bring forward] [my|the] {o}[ to {day}| by a week|]
[can we|could we] [find|have] [another|a later|an earlier|a better] [time|date|slot] for [my|the] {o}?
{day} does not [work|suit me] for [my|the] {o}
# no_confirmation/confirmation_missing/unconfirmed | bookings/support | no confirmation of the {o} came | look in your spam folder
[I haven't|I did not|I never] [got|received|had] [a|any|the] confirmation [for|of] [my|the] {o}
[is|was] my {o} [confirmed|booked|really booked|in your system]?
[I booked|I paid for] a {o} {ago} [but no mail came|and heard nothing]
# wrong_details/booking_error/mistake | bookings/support | the {o} has wrong details | we correct the details for you
[the|my] [name|date|time|number of people] [on|of|in] [my|the] {o} is [wrong|not right|incorrect]
[I|my {person}] [booked|chose] the wrong [day|date|time] for [my|the] {o}
# delay/late/running_late | operations/support | the {o} is late | we are sorry and will tell you the new time
[my|the] {o} [is|was|is running] [late|delayed|{dur} late|behind time]
[how late|how long] [is|will] [my|the] {o} [be delayed|be]?
[nobody|no one] [came|showed up|called] for [my|the] {o}
[I waited|we waited] {dur} for [my|the] {o} [and nothing happened|and nobody came]
# special_request/extra_wish/needs | bookings/operations | a special wish for the {o} | we note your wish
[can I|is it possible to|may I] [bring|have] [a dog|my {person}|a wheelchair|extra luggage|a child seat|food] [to|for|on] [my|the] {o}?
I [need|would like] [a quiet place|vegan food|a parking space|an interpreter|help with the stairs] for [my|the] {o}
# what_to_bring/preparation/info_before | info/operations | what is needed for the {o} | bring an identity card
[what|which papers] [do I|should I] [bring|need|take] [to|for] [my|the] {o}?
[where|when|at what time] [is|does] [my|the] {o}[ start| take place|]?
[how long|how much time] does [a|the] {o} [take|last]?
# booking_price/cost/deposit | billing/bookings | the price of the {o} | the price depends on the day
[how much|what] [is|does|would] a {o} [cost|for two|on {day}]?
[why|how come] [did|was] [the|my] {o} [cost more|dearer than shown]?
[do I|must I] [pay a deposit|pay in advance] for [a|the] {o}?

@service
# outage/down/no_service | technical/operations | the {o} is down | we know and are working on it
[the|my|your] {o} [is|has been|went] [down|dead|off|out of order|unavailable|gone][ since {day}| for {dur}| again|]
[there is|we have|I have] no {o} [at all|since {day}|in {city}|at home|in the whole house]
[why is there no|what happened to the] {o} [today|in my street|]?
[is|are] there [an outage|a problem|a fault] with the {o}[ in {city}|]?
# slow/poor_quality/performance | technical/operations | the {o} is slow or weak | move closer and restart
[the|my|your] {o} [is|has become|is getting] [slow|very slow|weak|bad|poor|terrible|unstable][ at night| since {day}|]
[why|how come] is [my|the] {o} so [slow|bad|weak|unreliable]?
[the|my] {o} [keeps|is always] [dropping|freezing|cutting out|hanging|stopping]
[it takes|I wait] [ages|{dur}|forever] [for|until] the {o} [to respond|to load]
# error/error_message/crash | technical/support | the {o} shows an error | tell us the number and reinstall
[I get|I keep getting|there is|it shows] [an error|error {num}|a strange message|a red warning] [in|from|when I open|when using] [the|your] {o}
[the|your] {o} [crashes|closes|gives an error|fails|freezes] [when I log in|every time|at start|after the update]
[what does|what is] error {num} [mean|in the {o}]?
# install/set_up/get_started | onboarding/technical | setting up the {o} | follow the guide in the box
[how do I|can you help me|I need help to|where do I] [install|set up|configure|get started with|connect] [the|my|your] {o}[ at home| on a new computer| on my phone|]
[when|who] [will|can] [you|someone|a technician] [connect|install|set up] my {o}?
# how_to_use/usage_question/guide | info/support | how to use the {o} | the guide explains it step by step
[how do I|how does one|can you show me how to|what is the way to] [use|work with|handle|operate] [the|your] {o}?
[is there|where is] a [manual|guide|video|tutorial] for the {o}?
I [don't|do not] understand [the|how to use the] {o}
# cancel_service/unsubscribe/end_contract | retention/accounts | ending the {o} | the contract ends at the end of the month
[I want to|how do I|please|can I] [cancel|end|stop|unsubscribe from|quit|terminate] [my|the|your] {o}
[I found a cheaper|I am moving and do not need the|I'm not happy with your] {o}[, please cancel|, how do I leave?]
[when|how] can I [leave|end] the {o} contract?
# price_change/bill_too_high/cost | billing/retention | the price of the {o} | look at the price list
[how much|what] [is|does|would] the {o} [cost|cost per month|cost for a family]?
[why|how come] [is|did|has] [my|the] {o} [bill so high|become dearer|price go up|cost more now]?
[my|the] {o} bill [is too high|is wrong|doubled|went up]
[is there|do you have] a [discount|student price|cheaper offer] for the {o}?
# coverage/availability/in_my_area | sales/info | whether the {o} exists at a place | enter your address on the map
[is|do you have|when will there be] [the|your|] {o} [available|offered|] [in {city}|in {country}|in my area|where I live]?
[can I|will I be able to] [get|use] [the|your] {o} [in {city}|abroad|in {country}|on the train]?
[which|what] [countries|areas|towns] [does|do you offer] the {o}[ cover| in|]?
# compatible/works_with/requirements | technical/info | whether the {o} works with a device | see the list of devices
[does|will] [the|your] {o} [work|run|function] [on|with] my [old phone|tablet|laptop|television|watch|printer|browser]?
[what|which] [phone|computer|system|version] [do I need|is required] for [the|your] {o}?
# update/new_version/upgrade | technical/sales | a newer {o} | the update is free
[how do I|can I|should I] [update|upgrade] [the|my|your] {o}[ to the new version|]
[since|after] the [last|new] update the {o} [is different|misses a button|does not start|is worse]
[I want|I'd like|can I have] a [faster|bigger|better] {o}

@document
# request_copy/get_document/send_copy | documents/support | a copy of the {o} | download it under documents
[can you|please|could you|kindly] [send|mail|email|post|give] me [a copy of|] [my|the|last month's] {o}
[I need|I'd like|I want|where can I get|how do I get|where do I download] [a copy of my|a|my|the] {o}[ for my {person}| for taxes| in English|]
[I lost|I deleted|I can't find] my {o}[, can I have another?| please send it again|]
# document_wrong/incorrect/error_in | documents/disputes | the {o} has a mistake | tell us the line and we correct it
[there is|I found|I see] [a mistake|an error|something wrong|a wrong amount|a wrong name] [in|on] [my|the] {o}
[my|the] {o} [is wrong|is not correct|does not match|shows the wrong name|has the old address]
# not_received/document_missing/not_sent | documents/support | the {o} has not been sent | it comes on the fifth of the month
[I haven't|I did not|I never|still haven't] [received|got|had|seen] [my|the] {o}[ for {month}| this month| by post|]
[where is|when do I get|when will you send] [my|the] {o}[ for {month}|]?
# explain/unclear/understand | info/documents | what the {o} means | we explain each line on our page
[I don't|I do not|my {person} doesn't] understand [my|the|this] {o}
[what does|can you explain|please explain] [my|the|this line on the|the second page of the] {o}[ mean|]?
[what|which] is the {o} [for|good for]?
# submit/upload/hand_in | documents/operations | sending in the {o} | upload it as a clear photo
[where|how] do I [send|upload|hand in|submit|file] [my|the|a] {o}?
[I tried to upload|I can't upload|the site refuses] my {o}
[did you|have you] [get|received|get to read] [my|the] {o} [I sent {ago}|from {day}]?
# deadline/due_date/until_when | info/documents | until when the {o} is due | you have thirty days
[when|until when|by what date] [is|must I send] [my|the] {o}[ due|]?
[can I|is it possible to|may I] [get more time|extend the date|pay later] for [my|the] {o}?
[I missed|I am late with] the [date|deadline] of [my|the] {o}
# paper_or_digital/format/delivery_format | documents/accounts | getting the {o} on paper or by mail | change it in settings
[I want|can I have|please switch] my {o} [on paper|by email|only online|in large print]
[stop|no more] [paper|printed] {o} [please|]

@general
# opening_hours/hours/when_open | info/support | opening hours of the {o} | we are open from nine to six
[when|what time|until when|from when] [is|does] [the|your] {o} [open|close|open on {day}]?
[are you|is the {o}] open [on {day}|today|on holidays|at night|now]?
[what are|tell me] the [opening hours|hours|times] of [the|your] {o}
# location/address/where_is | info/support | where the {o} is | the map on our page shows it
[where|in which street] is [the|your|the nearest|your nearest] {o}[ in {city}|]?
[how do I|what is the best way to] [get to|find|reach] [the|your] {o}[ from the station|]?
[is there|do you have] a {o} [in {city}|near me|near the station]?
# contact/human/talk_to_agent | support/info | talking to a person | say agent or call us
[can I|I want to|let me|how do I] [talk|speak|write] to [a person|a human|someone|an agent|the {o}|your manager]
[what is|give me] the [phone number|email|number] of [the|your] {o}
[nobody|no one] [answers|picks up|replies] at the {o}
# complaint/bad_service/unhappy | complaints/quality | a complaint about the {o} | we are sorry and will look into it
[I want to|I have to|I'd like to|where can I] [complain|make a complaint] about [the|your] {o}
[the|your] {o} [was rude|is a joke|is terrible|treated me badly|has been no help][ {when}|]
[I am|I'm] [very|really|so|] [unhappy|angry|disappointed|upset] with [the|your] {o}
# praise/thanks/good_service | quality/info | praise for the {o} | thank you, we will pass it on
[thank you|thanks|many thanks] [to the {o}|for the help of the {o}|for the great {o}]
[the|your] {o} [was|is] [great|so kind|very helpful|excellent|friendly]
[I just wanted to say|please tell them] the {o} [did a great job|saved my day]
# discount/offer/promotion | sales/billing | a discount at the {o} | use the code in the newsletter
[do you|does the {o}] [have|offer|give] [a|any] [discount|offer|promotion|voucher] [for students|for seniors|for my {person}|this month]?
[my|the] [voucher|discount code|coupon|gift card] [does not work|was not accepted|has expired] [at the {o}|]
[how do I|can I] [use|redeem] [a voucher|points|a code] at the {o}?
# job/career/apply | people/info | a job at the {o} | see our career page
[are there|do you have] [any|] [jobs|openings|vacancies] at [the|your] {o}?
[how do I|I want to|can I] apply for a job at the {o}
# privacy/data_request/delete_data | privacy/identity | personal data held by the {o} | ask our privacy officer
[what|which] data does the {o} [have|hold|keep] about me?
[please|I want you to] [delete|remove|send me] [all|] my data [from the {o}|]
[did|why did] the {o} [share|sell|give away] my [data|address|number]?
# feedback/idea/suggestion | quality/info | an idea for the {o} | thank you for the idea
[I have|here is] [an idea|a suggestion|a proposal] for the {o}
[it would be|wouldn't it be] [nice|good|great] if the {o} [had longer hours|was easier to reach|offered more]
"""
