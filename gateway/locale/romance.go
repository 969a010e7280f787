package locale

var romance = []Locale{
	{Name: "es-es", Countries: "ES", Register: Informal, Written: spanish, Spoken: spanishBy("es", "pulsa")},
	{
		Name:      "es-mx",
		Countries: "AR BO CL CO CR CU DO EC GT HN MX NI PA PE PY SV UY VE",
		Register:  Informal, Written: spanish, Spoken: spanishBy("es-419", "presiona"),
	},
	{Name: "es-us", Countries: "PR", Register: Informal, Written: spanish, Spoken: spanishBy("es-419", "presiona")},
	{
		Name: "fr-fr", Countries: "CI CM DZ FR LU MA MC SN TN", Register: Formal,
		Written: Written{
			Branded: french.Branded, Plain: french.Plain,
			PIN:   "Votre code PIN {brand} est {code}",
			Asked: french.Asked,
		},
		Spoken: Spoken{
			Voice:   "fr-fr",
			Branded: "Votre code {brand} est",
			Plain:   "Votre code est",
			Again:   "Je répète",
			Press:   "Pour entendre votre code, appuyez sur la touche un.",
			Replay:  "Pour le réentendre, appuyez sur la touche un.",
		},
	},
	{
		Name: "fr-ca", Register: Formal,
		Written: Written{
			Branded: french.Branded, Plain: french.Plain,
			PIN:   "Votre NIP {brand} est {code}",
			Asked: french.Asked,
		},
		Spoken: Spoken{
			Voice:   "fr-fr",
			Branded: "Votre code {brand} est",
			Plain:   "Votre code est",
			Again:   "Je répète",
			Press:   "Pour entendre votre code, appuyez sur le un.",
			Replay:  "Pour l'entendre de nouveau, appuyez sur le un.",
		},
	},
	{
		Name: "it-it", Countries: "IT SM", Register: Formal,
		Written: Written{
			Branded: "{code} è il suo codice {brand}. Non lo comunichi a nessuno.",
			Plain:   "{code} è il suo codice di verifica. Non lo comunichi a nessuno.",
			PIN:     "Il suo PIN {brand} è {code}",
			Asked:   "Lo invii solo se l'ha richiesto Lei.",
		},
		Spoken: Spoken{
			Voice:   "it",
			Branded: "Il suo codice {brand} è",
			Plain:   "Il suo codice è",
			Again:   "Ripeto",
			Press:   "Per ascoltare il suo codice, prema il tasto uno.",
			Replay:  "Per riascoltarlo, prema il tasto uno.",
		},
	},
	{
		Name: "pt-pt", Countries: "AO MZ PT", Register: Formal,
		Written: Written{
			Branded: "{code} é o seu código {brand}. Não o partilhe.",
			Plain:   "{code} é o seu código de verificação. Não o partilhe.",
			PIN:     "O seu PIN {brand} é {code}",
			Asked:   "Envie isto só se o pediu.",
		},
		Spoken: Spoken{
			Voice:   "pt",
			Branded: "O seu código {brand} é",
			Plain:   "O seu código é",
			Again:   "Repito",
			Press:   "Para ouvir o seu código, prima um.",
			Replay:  "Para o ouvir novamente, prima um.",
		},
	},
	{
		Name: "pt-br", Countries: "BR", Register: Formal, // você, which is for everybody
		Written: Written{
			Branded: "{code} é o seu código {brand}. Não o compartilhe.",
			Plain:   "{code} é o seu código de verificação. Não o compartilhe.",
			PIN:     "Seu PIN {brand} é {code}",
			Asked:   "Envie isto só se você pediu.",
		},
		Spoken: Spoken{
			Voice:   "pt-br",
			Branded: "Seu código {brand} é",
			Plain:   "Seu código é",
			Again:   "Repito",
			Press:   "Para ouvir seu código, pressione um.",
			Replay:  "Para ouvir novamente, pressione um.",
			Digits:  [10]string{6: "meia"}, // half a dozen: seis is heard as três
		},
	},
	{
		Name: "ro-ro", Countries: "MD RO", Register: Formal,
		Written: Written{
			Branded: "{code} este codul dvs. {brand}. Nu îl divulgați.",
			Plain:   "{code} este codul dvs. de verificare. Nu îl divulgați.",
			PIN:     "Codul dvs. PIN {brand} este {code}",
			Asked:   "Trimiteți acest mesaj numai dacă l-ați cerut.",
		},
		Spoken: Spoken{
			Voice:   "ro",
			Branded: "Codul dumneavoastră {brand} este",
			Plain:   "Codul dumneavoastră este",
			Again:   "Repet",
			Press:   "Pentru a auzi codul, apăsați unu.",
			Replay:  "Pentru a-l auzi din nou, apăsați unu.",
		},
	},
	{
		Name: "ca-es", Countries: "AD", Register: Informal, // numbers of Spain get es-es
		Written: Written{
			Branded: "{code} és el teu codi de {brand}. No el comparteixis.",
			Plain:   "{code} és el teu codi de verificació. No el comparteixis.",
			PIN:     "El teu PIN de {brand} és {code}",
			Asked:   "Envia això només si ho has demanat tu.",
		},
		Spoken: Spoken{
			Voice:   "ca",
			Branded: "El teu codi de {brand} és",
			Plain:   "El teu codi és",
			Again:   "Repeteixo",
			Press:   "Per escoltar el codi, prem l'u.",
			Replay:  "Per tornar-lo a escoltar, prem l'u.",
			Digits:  [10]string{1: "un"}, // the figure sounds like the letter U
		},
	},
}

var spanish = Written{
	Branded: "{code} es tu código de {brand}. No lo compartas.",
	Plain:   "{code} es tu código de verificación. No lo compartas.",
	PIN:     "Tu PIN de {brand} es {code}",
	Asked:   "Envía esto solo si lo has pedido tú.",
}

// spanishBy takes the word of the country for pressing a key.
func spanishBy(voice, press string) Spoken {
	return Spoken{
		Voice:   voice,
		Branded: "Tu código de {brand} es",
		Plain:   "Tu código es",
		Again:   "Repito",
		Press:   "Para escuchar tu código, " + press + " uno.",
		Replay:  "Para escucharlo de nuevo, " + press + " uno.",
		Letters: map[rune]string{'Y': "i griega"},
	}
}

var french = Written{
	Branded: "{code} est votre code {brand}. Ne le communiquez à personne.",
	Plain:   "{code} est votre code de vérification. Ne le communiquez à personne.",
	Asked:   "N'envoyez ceci que si vous l'avez demandé.",
}
