package locale

// european are the languages of Europe that are of none of its large families.
var european = []Locale{
	{
		Name: "el-gr", Countries: "CY GR", Register: Formal,
		Written: Written{
			Branded: "{code} είναι ο κωδικός {brand}. Μην τον μοιραστείτε.",
			Plain:   "{code} είναι ο κωδικός επαλήθευσης. Μην τον μοιραστείτε.",
			PIN:     "Το PIN σας για {brand} είναι {code}",
			Asked:   "Στείλτε το μόνο αν το ζητήσατε εσείς.",
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
			Asked:   "Csak akkor küldje el, ha Ön kérte.",
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
			Asked:   "Lähetä tämä vain, jos pyysit sitä itse.",
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
	{
		Name: "lt-lt", Countries: "LT", Register: Formal,
		Written: Written{
			Branded: "{code} yra jūsų {brand} kodas. Niekam jo nesakykite.",
			Plain:   "{code} yra jūsų patvirtinimo kodas. Niekam jo nesakykite.",
			PIN:     "Jūsų {brand} PIN kodas: {code}",
			Asked:   "Siųskite tik tada, jei patys to prašėte.",
		},
		Spoken: Spoken{
			Voice:   "lt",
			Branded: "Jūsų {brand} kodas yra",
			Plain:   "Jūsų kodas yra",
			Again:   "Kartoju",
			Press:   "Norėdami išgirsti kodą, spauskite vieną.",
			Replay:  "Norėdami išgirsti dar kartą, spauskite vieną.",
		},
	},
	{
		Name: "lv-lv", Countries: "LV", Register: Formal,
		Written: Written{
			Branded: "{code} ir jūsu {brand} kods. Neizpaudiet to nevienam.",
			Plain:   "{code} ir jūsu verifikācijas kods. Neizpaudiet to nevienam.",
			PIN:     "Jūsu {brand} PIN kods ir {code}",
			Asked:   "Sūtiet tikai tad, ja jūs to lūdzāt.",
		},
		Spoken: Spoken{
			Voice:   "lv",
			Branded: "Jūsu {brand} kods ir",
			Plain:   "Jūsu kods ir",
			Again:   "Atkārtoju",
			Press:   "Lai noklausītos kodu, nospiediet viens.",
			Replay:  "Lai noklausītos vēlreiz, nospiediet viens.",
		},
	},
	{
		Name: "et-ee", Countries: "EE", Register: Formal,
		Written: Written{
			Branded: "{code} on teie {brand} kood. Ärge jagage seda kellegagi.",
			Plain:   "{code} on teie kinnituskood. Ärge jagage seda kellegagi.",
			PIN:     "Teie {brand} PIN-kood on {code}",
			Asked:   "Saatke see ainult siis, kui ise seda küsisite.",
		},
		Spoken: Spoken{
			Voice:   "et",
			Branded: "Teie {brand} kood on",
			Plain:   "Teie kood on",
			Again:   "Kordan",
			Press:   "Koodi kuulamiseks vajutage üks.",
			Replay:  "Uuesti kuulamiseks vajutage üks.",
		},
	},
}
