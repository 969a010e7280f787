package locale

// european are the languages of Europe that are of none of its large families.
var european = []Locale{
	{
		Name: "el-gr", Countries: "CY GR", Register: Formal,
		Written: Written{
			Branded: "{code} είναι ο κωδικός {brand}. Μην τον μοιραστείτε.",
			Plain:   "{code} είναι ο κωδικός επαλήθευσης. Μην τον μοιραστείτε.",
			PIN:     "Το PIN σας για {brand} είναι {code}",
		},
		Spoken: Spoken{
			Voice: "el", Script: Greek,
			Branded: "Ο κωδικός σας για {brand} είναι",
			Plain:   "Ο κωδικός σας είναι",
			Again:   "Επαναλαμβάνω",
			Press:   "Για να ακούσετε τον κωδικό, πατήστε το ένα.",
			Replay:  "Για να τον ακούσετε ξανά, πατήστε το ένα.",
		},
	},
	{
		Name: "hu-hu", Countries: "HU", Register: Formal,
		Written: Written{
			Branded: "{code} az Ön {brand} kódja. Ne ossza meg senkivel.",
			Plain:   "{code} az Ön ellenőrző kódja. Ne ossza meg senkivel.",
			PIN:     "Az Ön {brand} PIN-kódja: {code}",
		},
		Spoken: Spoken{
			Voice:   "hu",
			Branded: "Az Ön {brand} kódja",
			Plain:   "Az Ön kódja",
			Again:   "Megismétlem",
			Press:   "A kód meghallgatásához nyomja meg az egyest.",
			Replay:  "Az ismétléshez nyomja meg az egyest.",
		},
	},
	{
		Name: "fi-fi", Countries: "AX FI", Register: Informal,
		Written: Written{
			Branded: "{code} on {brand}-koodisi. Älä kerro sitä kenellekään.",
			Plain:   "{code} on vahvistuskoodisi. Älä kerro sitä kenellekään.",
			PIN:     "{brand}-PIN-koodisi on {code}",
		},
		Spoken: Spoken{
			Voice:   "fi",
			Branded: "{brand} koodisi on",
			Plain:   "Koodisi on",
			Again:   "Toistan",
			Press:   "Paina yksi kuullaksesi koodin.",
			Replay:  "Paina yksi kuullaksesi sen uudelleen.",
		},
	},
}
