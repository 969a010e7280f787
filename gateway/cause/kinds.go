package cause

import (
	"slices"

	"simgate/gateway/fault"
)

// The codes of the causes that the gateway itself finds.
const (
	Expired          Code = "expired"
	ExpiredRefused   Code = "expired_refused"
	Cancelled        Code = "cancelled"
	OptedOut              = Code(fault.OptedOut)
	TestNumber       Code = "test_number"
	VerificationOver Code = "verification_over"
	Replaced         Code = "replaced"
	Stopped          Code = "gateway_stopped"
	Restarted        Code = "machine_restarted"
	Restored         Code = "restored"
	Dropped          Code = "dropped"
	NotEncoded       Code = "not_encoded"
	SentAlready      Code = "sent_already"
	Device           Code = "device_error"

	CallExpired  Code = "call_expired"
	CallStopped  Code = "call_gateway_stopped"
	NoCalls      Code = "line_cannot_call"
	CannotSpeak  Code = "cannot_speak"
	NoChannel    Code = "channel_not_served"
	SendsUsed    Code = "sends_used"
	NoReceiver   Code = "no_receiver"
	TextAnswered Code = "text_answered"
	TextAbroad   Code = "text_from_abroad"
	TextRepeated Code = "text_repeated"
	TextLate     Code = "text_late"
	TextStranger Code = "text_other_number"
	TextNoNumber Code = "text_no_number"
	TextBlocked  Code = "text_blocked"

	HTTP            Code = "http"
	HTTPGone        Code = "http_410"
	Silent          Code = "receiver_silent"
	Timeout         Code = "receiver_timeout"
	Unreachable     Code = "receiver_unreachable"
	UnknownHost     Code = "receiver_unknown"
	NoHTTP          Code = "receiver_no_http"
	NotPublic       Code = "receiver_not_public"
	InvalidURL      Code = "url_invalid"
	TooManyPending  Code = "too_many_pending"
	WebhookDisabled Code = "webhook_disabled"

	Held       Code = "held"
	Scheduled  Code = "scheduled"
	Pace       Code = "pace"
	Budget     Code = "budget"
	Share      Code = "budget_share"
	Credit     Code = "credit"
	Unanswered Code = "line_unanswered"
	Quarantine Code = "quarantine"
	NotReady   Code = "no_line_ready"
	NoLine     Code = "line_absent"
	NoModem    Code = "no_modem"
	NextTry    Code = "next_try"
	PassedOver Code = "passed_over"
	LineEvent  Code = "line_event"

	Local        Code = "receiver_local"
	SMTP         Code = "smtp"
	MailNotSent  Code = "mail_not_sent"
	Mailbox      Code = "mailbox_invalid"
	NoMailServer Code = "no_mail_server"
	OwnerTexts   Code = "owner_texts_used"
	OtherWays    Code = "told_by_other_ways"
	NewerTold    Code = "newer_is_told"
	TestedAgain  Code = "tested_again"
	WayGone      Code = "way_gone"

	ForwardGone    Code = "forward_deleted"
	ForwardLimit   Code = "forward_limit"
	RuleGone       Code = "forward_rule_gone"
	FromItsNumber  Code = "forward_from_its_number"
	FromOwnSIM     Code = "forward_from_own_sim"
	ToOwnSIM       Code = "forward_to_own_sim"
	ForwardedTwice Code = "forwarded_already"

	CanaryRefused  Code = "canary_refused"
	CanaryLost     Code = "canary_lost"
	CanaryNoNumber Code = "canary_no_number"
	CanaryNoSIM    Code = "canary_no_sim"

	CertificateFiles     Code = "certificate_files"
	CertificateAuthority Code = "certificate_authority"
	CertificateStays     Code = "certificate_not_replaced"
	ACMETimeout          Code = "acme_timeout"
	ACMERefused          Code = "acme_refused"
	ACMEUnreachable      Code = "acme_unreachable"
	ACMERecord           Code = "acme_record_refused"
	ACMEZone             Code = "acme_zone_unknown"
	ACMEUnseen           Code = "acme_record_unseen"
	ACMEFailed           Code = "acme_failed"
)

// Kinds returns those of the gateway.
func Kinds() []Kind { return slices.Clone(kinds) }

var kinds = []Kind{
	{Code: Expired, Text: "its time ran out before it could be sent",
		Means: "No SIM could take the message until expires, and none has tried; or what a call should say was over. What a message waited for is in its timeline.",
		Do:    "Look at what it waited for: a modem that is not ready, a budget, a pace, quiet hours. Send it again, with a longer lifetime if that is enough."},
	{Code: ExpiredRefused, Text: "its time ran out before it could be sent; the last try: %s",
		Means: "It was given to a SIM at least once, which could not send it, and its time was over before the next try.",
		Do:    "Do what the cause of the last try says: each try has its own in the timeline."},
	{Code: Cancelled, Text: "it was cancelled", Means: "Its app or its owner has taken it out of the queue before it left.", Do: "There is nothing to do."},
	{Code: OptedOut, Text: "the recipient has opted out of messages", Means: "The person wrote STOP, or the owner or an app has put the number on the list. Codes still go.",
		Do: "Do not write to the number again. The person can write START; the owner can remove it from the list."},
	{Code: TestNumber, Text: "a test number: nothing is sent", Means: "The number is one of test_numbers in the configuration.", Do: "There is nothing to do."},
	{Code: VerificationOver, Text: "the verification is %s", Means: "The code was given, or its time, its tries or the verification itself were over before this left.",
		Do: "There is nothing to do: nobody waits for this code any more."},
	{Code: Replaced, Text: "another took its place before it left", Means: "The code was asked for again while this still waited: one of both is enough.", Do: "There is nothing to do."},
	{Code: Stopped, Text: "the gateway stopped while the modem had the message", Means: "Nobody can tell whether it was sent. It is not repeated; a code is, once.",
		Do: "Wait for a status report, ask the person, or send it again, knowing that it may arrive twice."},
	{Code: Restarted, Text: "the machine was restarted", Means: "A code, or a call, that waited while the machine was down has lost its time.", Do: "Ask for a new code, or for the call again."},
	{Code: Restored, Text: "the gateway was restored from a backup", Means: "What waited in the backup may have happened since: codes may have been used, and news been told.", Do: "Ask for a new code. What the owner was to be told is told again while it lasts."},
	{Code: Dropped, Text: "it waited when a backup was made, and its owner has dropped it after the restore",
		Means: "It may have gone out before the backup was restored, and the owner has decided that it does not go now.", Do: "Send it again if it is still wanted."},
	{Code: NotEncoded, Text: "it cannot be encoded", Means: "A fault of simgate: the text could be encoded when it was accepted. The log says more.", Do: "Report it, and send the text in other words."},
	{Code: SentAlready, Text: "its next part has been sent already", Means: "A fault of simgate: the parts of the message are not as they should be. The log says more.", Do: "Report it."},
	{Code: Device, Text: "%s", Means: "The device failed in a way that has no name here. It is tried again as soon as a line is ready.", Do: "simgate doctor looks at the device."},

	{Code: CallExpired, Text: "it could not be placed in time", Means: "No line could place the call in its lifetime.", Do: "See what it waited for, and ask for it again."},
	{Code: CallStopped, Text: "the gateway stopped while the call was up", Means: "Nobody can tell how much was heard. It is not dialled again.", Do: "Ask the person, or for the call again."},
	{Code: NoCalls, Text: "this line cannot call", Means: "The device behind this line sends messages only.", Do: "Use a modem that can speak."},
	{Code: CannotSpeak, Text: "%s", Means: "No line can say this in a call: no modem speaks, there is no voice for the language, or a key cannot be asked for.",
		Do: "simgate doctor and the page of calls in the documentation say what is missing."},
	{Code: NoChannel, Text: "this channel is not served here", Means: "The workflow has a channel that this gateway does not know.", Do: "Change the workflow."},
	{Code: SendsUsed, Text: "all its sends are used", Means: "The verification has had as many sends as the limits allow.", Do: "Wait until it has expired, and begin a new one."},
	{Code: NoReceiver, Text: "no SIM that can receive has a number that is certain: set number for it under sims in the configuration, or have the one that its card says proved",
		Means: "Nobody can be asked to send a text, since no number of a SIM is known.", Do: "Set number for the SIM under sims in the configuration."},
	{Code: TextAnswered, Text: "the text was answered with a code, which is to be typed in", Means: "The text of the person has come; the workflow wants a code typed in as well.", Do: "There is nothing to do."},
	{Code: TextAbroad, Text: "the text came by an SMSC of another country than that of its sender, who may be forged: it was answered with a code, which is to be typed in",
		Means: "Senders of texts can be forged abroad, so that the text alone proves nothing.", Do: "There is nothing to do: the person types the code in."},
	{Code: TextRepeated, Text: "the text came again", Means: "It had counted already.", Do: "There is nothing to do."},
	{Code: TextLate, Text: "the text came too late", Means: "The verification was over.", Do: "Begin a new verification."},
	{Code: TextStranger, Text: "a text with the token came from another number, and was refused", Means: "Somebody else has sent the text, or the person has another SIM.", Do: "The person sends it from the phone with the number."},
	{Code: TextNoNumber, Text: "a text with the token came from a name or a short number, and was refused", Means: "Such a sender proves nothing.", Do: "The person sends it from a phone."},
	{Code: TextBlocked, Text: "a text with the token came from a number that is blocked, and was refused", Means: "The guard lets no verification begin with this number.", Do: "See the rules of the guard."},

	{Code: HTTP, Numbered: true, Text: "the receiver answered %s", Means: "The receiver of a webhook, or the server of a notification or a forward rule, answered with this status of HTTP. It is tried again: a webhook for days, others for a day.",
		Do: "Look into the log of the receiver. 401 and 403: does it want another secret or token? 404: is the URL right? 3xx: give the address that it leads to. 429: wait."},
	{Code: HTTPGone, Text: "the receiver answered 410: it wants no more deliveries", Means: "The webhook is disabled, and all that waited for it has failed. A notification or a forward rule goes on.",
		Do: "If it was no intention, enable it with a new secret, and deliver again what it has missed."},
	{Code: Silent, Text: "the receiver has not answered for days", Means: "What had waited for more than three days has failed together.", Do: "Mend the receiver, and deliver again what it has missed: simgate webhooks replay."},
	{Code: Timeout, Text: "the receiver did not answer within %s", Means: "It may have got the delivery: it comes again with the same id.", Do: "Answer first, and work afterwards."},
	{Code: Unreachable, Text: "the receiver could not be reached: %s", Means: "No connection could be made.", Do: "Does the server run, and does a firewall let the gateway in?"},
	{Code: UnknownHost, Text: "the name of the receiver could not be looked up: %s", Means: "DNS does not know the name, or does not answer.", Do: "Check the name, and the DNS of this machine."},
	{Code: NoHTTP, Text: "the receiver could not be reached, or did not speak HTTP", Means: "The certificate is not valid, or something else than a web server answers.", Do: "Check the URL, and its certificate."},
	{Code: NotPublic, Text: "%s is not an address in the public internet: allow its network with webhooks.allow, if the receiver is meant to be there",
		Means: "Webhooks do not go to addresses of private networks unless the owner allows that.", Do: "Set webhooks.allow in the configuration."},
	{Code: InvalidURL, Text: "the URL is invalid", Means: "No request can be made of it.", Do: "Correct the URL."},
	{Code: TooManyPending, Text: "too many deliveries were pending: more than %s", Means: "The oldest have failed, so that they do not fill the disk.", Do: "Mend the receiver, and read what it has missed from the API."},
	{Code: WebhookDisabled, Text: "%s", Means: "Nothing is delivered to a webhook that is disabled.", Do: "Enable it by giving it another secret."},

	{Code: Held, Text: "the word of the owner: it waited in the backup that was restored, and may have gone out before", Means: "A backup was restored, and nobody can tell what of it went out before.",
		Do: "The owner says what is to be done: simgate queue release, or drop."},
	{Code: Scheduled, Text: "its time, %s", Means: "It does not go before not_before, or waits for the end of its quiet hours.", Do: "There is nothing to do."},
	{Code: Pace, Text: "line %s rests between two messages, as its pace says", Means: "The SIM sends no faster, as networks block SIMs that do.", Do: "There is nothing to do. More SIMs send more."},
	{Code: Budget, Text: "line %s is over its budget of %s until %s", Means: "The SIM has sent as much as its budget allows in this time.", Do: "Wait, raise the budget under sims, or add a SIM."},
	{Code: Share, Text: "the app %s has used its half of the budget of line %s (%s), which other apps share, until %s", Means: "One app does not use up what several share.",
		Do: "Wait, or let the app send by another SIM."},
	{Code: Credit, Text: "the app %s has used its half of the credit of line %s (%s when it was topped up), which other apps share: top it up", Means: "One app does not use up the credit that several share.",
		Do: "Top the SIM up."},
	{Code: Unanswered, Text: "%s left %s messages in a row without an answer and pauses until %s", Means: "The modem or the network has taken messages without an answer, so that nobody knows whether they were sent.",
		Do: "Look at the signal; if it goes on, restart the modem."},
	{Code: Quarantine, Text: "line %s is in quarantine: %s; it is tried with one message at %s, or end it with \"simgate lines release %s\"", Means: "The network has refused messages of this SIM one after the other: it seems to be blocked, or out of credit.", Do: "Check the credit, and ask the operator. When the SIM sends again: simgate lines release."},
	{Code: NotReady, Text: "no modem is ready; %s", Means: "No SIM that could take it is ready to send.", Do: "simgate modems and simgate doctor say what is wrong with each."},
	{Code: NoLine, Text: "SIM %s, by which it must go, is in no modem", Means: "The message may go by this SIM only.", Do: "Put the SIM into a modem, or send it by another."},
	{Code: NoModem, Text: "no modem is configured", Means: "There is nothing that could send.", Do: "Plug a modem in: simgate setup finds it."},
	{Code: NextTry, Text: "the next try, %s", Means: "It was not sent for the moment, and is tried again by itself.", Do: "See the cause of the last try."},
	{Code: PassedOver, Text: "%s", Means: "Not every SIM could take it; it names each with why.", Do: "There is nothing to do: another has taken it."},
	{Code: LineEvent, Text: "%s", Means: "Something happened to the SIM or its modem while the message was with it.", Do: "The events say more."},

	{Code: Local, Text: "the name leads to %s, which is this machine or no single other one: write the address itself, if it is meant",
		Means: "A name of the configuration is not followed to this machine, so that nobody who answers for the name reaches what listens here alone.", Do: "Write the address, such as http://127.0.0.1:8080, or localhost."},
	{Code: SMTP, Numbered: true, Text: "the mail server did not take the mail: %s", Means: "It answered with this number of SMTP. It is tried again for a day.",
		Do: "535 and 530: check the user and the password; some providers want one for programs. 550 and 553: may this sender write to this mailbox? 4xx: the server asks to wait."},
	{Code: MailNotSent, Text: "the mail could not be sent: %s", Means: "The connection to the mail server, its encryption or its certificate is not as it should be.", Do: "Check server and tls of notify.email in the configuration."},
	{Code: Mailbox, Text: "the address of the mailbox is invalid", Means: "No mail can be written to it, or from it.", Do: "Correct to and from of notify.email in the configuration, or the address of the forward rule."},
	{Code: NoMailServer, Text: "no mail server is configured as it must be: see notify.email", Means: "Without a server no mail can leave.", Do: "Set server of notify.email in the configuration."},
	{Code: OwnerTexts, Text: "%s messages were sent to the owner within a day, and no more are", Means: "So that a fault that comes and goes does not use up the credit of a SIM.", Do: "Set another way of notify beside it."},
	{Code: OtherWays, Text: "it is told by the other ways, since this one cannot: %s", Means: "What this way cannot tell now need not wait: the others tell it.", Do: "There is nothing to do."},
	{Code: NewerTold, Text: "something newer is told", Means: "The trouble has changed, or is over, before this was told.", Do: "There is nothing to do."},
	{Code: TestedAgain, Text: "it is tested again", Means: "Another test has begun before this one ended.", Do: "See what comes of the newer test."},
	{Code: WayGone, Text: "this way is no longer configured", Means: "It waited for a way that notify in the configuration does not have any more.", Do: "There is nothing to do."},

	{Code: ForwardGone, Text: "it was deleted before it could be forwarded", Means: "What came in was deleted or forgotten meanwhile.", Do: "There is nothing to do."},
	{Code: ForwardLimit, Text: "the rule has forwarded as many messages in 24 hours as its limit says", Means: "A rule sends no more to a number than its limit, whatever comes in. What is over is not sent later.", Do: "Raise the limit of the rule, or let it forward less."},
	{Code: RuleGone, Text: "this rule is no longer configured", Means: "It waited for a rule, or for a way of it, that is gone.", Do: "There is nothing to do."},
	{Code: FromItsNumber, Text: "it came from the number itself", Means: "What a number has sent is not sent back to it: it would go round in circles.", Do: "There is nothing to do."},
	{Code: FromOwnSIM, Text: "it came from a SIM of this gateway", Means: "It would go round in circles.", Do: "There is nothing to do."},
	{Code: ToOwnSIM, Text: "the number is that of a SIM of this gateway", Means: "It would come in again, and go round in circles.", Do: "Let the rule forward to another number."},
	{Code: ForwardedTwice, Text: "it was forwarded already", Means: "It begins as forwarded messages do: another gateway has forwarded it to this one.", Do: "Let one of the two forward it alone."},

	{Code: CanaryRefused, Text: "it was not accepted: %s", Means: "The gateway itself did not take the message from SIM to SIM.", Do: "Do what the text says."},
	{Code: CanaryLost, Text: "it has not arrived after %s: %s", Means: "A message from SIM to SIM did not come in, in the time that it has. Networks lose one now and then; two in a row are told.",
		Do: "Look at the credit of the SIM and whether it is blocked, and send a message to your phone."},
	{Code: CanaryNoNumber, Text: "no SIM that can send knows its own number: set number for it under sims in the configuration", Means: "There is no number to send to.", Do: "Set number for a SIM under sims in the configuration."},
	{Code: CanaryNoSIM, Text: "no SIM that can send has the number %s: correct canary.to in the configuration, or set number for the SIM", Means: "The number of canary.to is that of no SIM that is ready.", Do: "Correct canary.to, or set number for the SIM."},

	{Code: CertificateFiles, Text: "%s", Means: "The files of tls.cert and tls.key cannot be used: they are missing, damaged, or do not belong together. What was read before stays in force.", Do: "Correct the files, or tls in the configuration. They are read again by themselves."},
	{Code: CertificateAuthority, Text: "%s", Means: "The authority for hosted names cannot be used, so that apps with a built-in host refuse to connect.", Do: "Restore its files from a backup, or remove them, so that another is made, and give its root to the apps."},
	{Code: CertificateStays, Text: "another could not be made or stored: %s", Means: "The certificate that simgate signs itself is due, and another could not be made or stored.", Do: "See the disk and the rights of the state folder."},
	{Code: ACMETimeout, Text: "it takes too long: the authority, or a DNS server, does not answer", Means: "The authority of ACME was asked for a certificate, and there was no end. It is tried again.", Do: "Check the network, and tls.acme."},
	{Code: ACMERefused, Text: "the authority refused: %s", Means: "The authority of ACME gives no certificate for this name now. It is tried again, more and more seldom.", Do: "Do what its words say; they may be a limit that passes by itself."},
	{Code: ACMEUnreachable, Text: "%s cannot be reached: %s; check the network, and tls.acme.directory", Means: "The authority of ACME could not be asked.", Do: "Check the network, and tls.acme.directory."},
	{Code: ACMERecord, Text: "%s did not take a record for the zone %s: %s; check what is set under tls.acme.dns", Means: "The record that proves the name could not be written.", Do: "Check what is set under tls.acme.dns."},
	{Code: ACMEZone, Text: "no DNS server knows the zone of the name, or none can be reached: check the name and the network, or set tls.acme.dns.resolvers", Means: "It is not known where the record that proves the name belongs.", Do: "Check the name and the network, or set tls.acme.dns.resolvers."},
	{Code: ACMEUnseen, Text: "the record that was written at %s is not seen in the DNS: check that the servers of the zone are there, or set tls.acme.dns.resolvers", Means: "The servers of the zone are not those that the record was written at, or this machine asks others.", Do: "Check where the zone is, or set tls.acme.dns.resolvers."},
	{Code: ACMEFailed, Text: "%s", Means: "No certificate could be obtained.", Do: "See the log."},

	// What is refused as a request is refused, where a workflow asks for it by itself.
	{Code: Code(fault.LimitNumber), Text: "%s", Means: "Too many codes to this number.", Do: "Wait."},
	{Code: Code(fault.LimitPrefix), Text: "%s", Means: "Too many unanswered codes to the 10,000 numbers around this one.", Do: "Wait; if these are people of yours, see the rules of the guard."},
	{Code: Code(fault.LimitRun), Text: "%s", Means: "One number after the other was asked for.", Do: "Wait; see who asks."},
	{Code: Code(fault.LimitCountry), Text: "%s", Means: "Too many unanswered codes to the country of this number.", Do: "Wait; see who asks."},
	{Code: Code(fault.LimitKey), Text: "%s", Means: "Too many codes, or wrong codes, of this app.", Do: "Wait, or raise the limit."},
	{Code: Code(fault.LimitClient), Text: "%s", Means: "Too many codes, or wrong codes, of this client address.", Do: "Wait."},
	{Code: Code(fault.LockedNumber), Text: "%s", Means: "Too many wrong codes for this number in a day.", Do: "Wait: one start an hour is possible."},
	{Code: Code(fault.CountryClosed), Text: "%s", Means: "Nothing goes to the country of this number.", Do: "The owner can open the country."},
	{Code: Code(fault.KindRefused), Text: "%s", Means: "Nothing goes to numbers of this kind, such as premium rate.", Do: "There is nothing to do."},
	{Code: Code(fault.FixedLine), Text: "%s", Means: "Codes by SMS do not go to fixed lines.", Do: "Use a workflow with voice."},
	{Code: Code(fault.BlockedNumber), Text: "%s", Means: "The owner or the guard has blocked the number, its range, country, app or client address.", Do: "See the rules of the guard."},
	{Code: Code(fault.BudgetKey), Text: "%s", Means: "What may be sent with the API key, or may be spent, is used up for this minute, day or month.", Do: "Wait, or raise the budget of the key."},
	{Code: Code(fault.Invalid), Text: "%s", Means: "It cannot be done as it was asked for: a callback whose host is not registered, a format or a file that is gone.", Do: "Correct what the text names."},
	{Code: Code(fault.NotFound), Text: "%s", Means: "What it is about is not there any more: it was deleted or forgotten.", Do: "There is nothing to do."},
	{Code: Code(fault.Conflict), Text: "%s", Means: "It does not fit what is there any more.", Do: "Do what the text says."},
	{Code: Code(fault.Unavailable), Text: "%s", Means: "The gateway cannot do it now.", Do: "Do what the text says."},
	{Code: Code(fault.Forbidden), Text: "%s", Means: "It may not be sent.", Do: "Do what the text says."},
	{Code: Code(fault.RateLimited), Text: "%s", Means: "Too much too soon.", Do: "Wait."},
	{Code: Code(fault.Internal), Text: "%s", Means: "A fault of the gateway or its machine, which its log tells.", Do: "Look into the log: journalctl -u simgate."},
}
