package locale

var germanic = []Locale{
	{Name: "en-us", Written: english, Spoken: englishBy("en-us")},
	{Name: "en-gb", Countries: "GB IE SG", Written: english, Spoken: englishBy("en-gb")},
	{Name: "en-au", Countries: "AU NZ", Written: english, Spoken: englishBy("en-gb")},
	{Name: "en-in", Countries: "IN", Written: english, Spoken: englishBy("en-gb")},
	{
		Name: "de-de", Countries: "AT CH DE LI", Register: Formal,
		Written: Written{
			Branded: "{code} ist Ihr {brand}-Code. Geben Sie ihn an niemanden weiter.",
			Plain:   "{code} ist Ihr Bestätigungscode. Geben Sie ihn an niemanden weiter.",
			PIN:     "Ihre {brand}-PIN lautet {code}",
			Asked:   "Nur senden, wenn Sie das selbst angefordert haben.",
		},
		Spoken: Spoken{
			Voice:   "de",
			Branded: "Ihr Code von {brand} lautet",
			Plain:   "Ihr Code lautet",
			Again:   "Ich wiederhole",
			Press:   "Um Ihren Code zu hören, drücken Sie die Eins.",
			Replay:  "Um ihn noch einmal zu hören, drücken Sie die Eins.",
		},
	},
	{
		Name: "nl-nl", Countries: "BE NL SR", Register: Informal,
		Written: Written{
			Branded: "{code} is je {brand}-code. Deel hem met niemand.",
			Plain:   "{code} is je verificatiecode. Deel hem met niemand.",
			PIN:     "Je {brand}-pincode is {code}",
			Asked:   "Verstuur dit alleen als je er zelf om hebt gevraagd.",
		},
		Spoken: Spoken{
			Voice:   "nl",
			Branded: "Je code van {brand} is",
			Plain:   "Je code is",
			Again:   "Ik herhaal",
			Press:   "Druk op één om je code te horen.",
			Replay:  "Druk op één om je code nog een keer te horen.",
		},
	},
	{
		Name: "sv-se", Countries: "SE", Register: Informal,
		Written: Written{
			Branded: "{code} är din kod för {brand}. Dela den inte med någon.",
			Plain:   "{code} är din verifieringskod. Dela den inte med någon.",
			PIN:     "Din PIN-kod för {brand} är {code}",
			Asked:   "Skicka bara om du själv har bett om det.",
		},
		Spoken: Spoken{
			Voice:   "sv",
			Branded: "Din kod från {brand} är",
			Plain:   "Din kod är",
			Again:   "Jag upprepar",
			Press:   "Tryck på ett för att höra din kod.",
			Replay:  "Tryck på ett för att höra den igen.",
		},
	},
	{
		Name: "is-is", Countries: "IS", Register: Informal,
		Written: Written{
			Branded: "{code} er kóðinn þinn hjá {brand}. Ekki deila honum.",
			Plain:   "{code} er staðfestingarkóðinn þinn. Ekki deila honum.",
			PIN:     "PIN-númerið þitt hjá {brand} er {code}",
			Asked:   "Sendu þetta aðeins ef þú baðst um það.",
		},
		Spoken: Spoken{
			Voice:   "is",
			Branded: "Kóðinn þinn hjá {brand} er",
			Plain:   "Kóðinn þinn er",
			Again:   "Ég endurtek",
			Press:   "Ýttu á einn til að heyra kóðann þinn.",
			Replay:  "Ýttu á einn til að heyra hann aftur.",
		},
	},
	{
		Name: "da-dk", Countries: "DK FO GL", Register: Informal,
		Written: Written{
			Branded: "{code} er din kode til {brand}. Del den ikke med nogen.",
			Plain:   "{code} er din bekræftelseskode. Del den ikke med nogen.",
			PIN:     "Din PIN-kode til {brand} er {code}",
			Asked:   "Send kun dette, hvis du selv har bedt om det.",
		},
		Spoken: Spoken{
			Voice:   "da",
			Branded: "Din kode fra {brand} er",
			Plain:   "Din kode er",
			Again:   "Jeg gentager",
			Press:   "Tryk på et for at høre din kode.",
			Replay:  "Tryk på et for at høre den igen.",
		},
	},
	{
		Name: "nb-no", Countries: "NO SJ", Register: Informal,
		Written: Written{
			Branded: "{code} er koden din for {brand}. Ikke del den med noen.",
			Plain:   "{code} er bekreftelseskoden din. Ikke del den med noen.",
			PIN:     "PIN-koden din for {brand} er {code}",
			Asked:   "Send dette bare hvis du selv har bedt om det.",
		},
		Spoken: Spoken{
			Voice:   "nb",
			Branded: "Koden din fra {brand} er",
			Plain:   "Koden din er",
			Again:   "Jeg gjentar",
			Press:   "Trykk på én for å høre koden din.",
			Replay:  "Trykk på én for å høre den igjen.",
		},
	},
}

var english = Written{
	Branded: "{code} is your {brand} code. Do not share it.",
	Plain:   "{code} is your verification code. Do not share it.",
	PIN:     "Your {brand} PIN is {code}",
	Asked:   "Send this only if you asked for it.",
}

func englishBy(voice string) Spoken {
	return Spoken{
		Voice:   voice,
		Branded: "Your {brand} code is",
		Plain:   "Your code is",
		Again:   "I repeat",
		Press:   "To hear your code, press one.",
		Replay:  "To hear it again, press one.",
	}
}
