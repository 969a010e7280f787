package locale

var middleEastern = []Locale{
	{
		Name: "he-il", Countries: "IL", // nobody is addressed, whose gender would have to be known
		Written: Written{
			Branded: "{code} הוא הקוד שלך עבור {brand}. אין לשתף אותו.",
			Plain:   "{code} הוא קוד האימות שלך. אין לשתף אותו.",
			PIN:     "קוד ה-PIN שלך עבור {brand} הוא {code}",
			Asked:   "יש לשלוח רק אם הבקשה היא שלך.",
		},
	},
	{
		Name: "ar-sa", Countries: "AE BH EG IQ JO KW LB LY OM PS QA SA SD SY YE",
		Written: Written{
			Branded: "{code} هو رمز {brand} الخاص بك. لا تشاركه مع أحد.",
			Plain:   "{code} هو رمز التحقق الخاص بك. لا تشاركه مع أحد.",
			PIN:     "رمز PIN الخاص بك في {brand} هو {code}",
			Asked:   "تُرسل هذه الرسالة فقط عند طلبها شخصيًا.",
		},
		Spoken: Spoken{
			Voice: "ar", Script: Arabic,
			// With its vowels, which espeak-ng does not guess.
			Branded: "رَمْزُ {brand} هُوَ",
			Plain:   "رَمْزُكَ هُوَ",
			Again:   "مَرَّةً ثانِيَة",
			Press:   "لِسَماعِ الرَّمْزِ، اِضْغَطْ واحِد.",
			Replay:  "لِسَماعِهِ مَرَّةً ثانِيَة، اِضْغَطْ واحِد.",
		},
	},
	{
		Name: "tr-tr", Countries: "TR", Register: Formal,
		Written: Written{
			Branded: "{code} {brand} kodunuz. Kimseyle paylaşmayın.",
			Plain:   "{code} doğrulama kodunuz. Kimseyle paylaşmayın.",
			PIN:     "{brand} PIN kodunuz: {code}",
			Asked:   "Yalnızca siz istediyseniz gönderin.",
		},
		Spoken: Spoken{
			Voice:   "tr",
			Branded: "{brand} kodunuz",
			Plain:   "Kodunuz",
			Again:   "Tekrar ediyorum",
			Press:   "Kodunuzu duymak için bire basın.",
			Replay:  "Tekrar duymak için bire basın.",
		},
	},
	{
		Name: "fa-ir", Countries: "AF IR", Register: Formal,
		Written: Written{
			Branded: "{code} کد {brand} شماست. آن را به کسی ندهید.",
			Plain:   "{code} کد تأیید شماست. آن را به کسی ندهید.",
			PIN:     "کد PIN {brand} شما {code} است",
			Asked:   "فقط اگر خودتان درخواست کرده\u200cاید بفرستید.",
		},
		Spoken: Spoken{
			Voice: "fa", Script: Arabic,
			Branded: "کُدِ {brand} شما",
			Plain:   "کُدِ شما",
			Again:   "تکرار می کنم",
			Press:   "برای شنیدن کد، عدد یک را فشار دهید.",
			Replay:  "برای شنیدن دوباره، عدد یک را فشار دهید.",
		},
	},
}
