package text

// localText is how a language says it: with and without a name, and with the
// word PIN. Where the script allows, only characters of the GSM 7 bit alphabet
// are used (TS 23.038), which is why some words have lost their accents.
type localText struct{ branded, plain, pin string }

var localTexts = map[string]localText{
	"bg-bg": {"{code} е вашият код за {brand}.", "{code} е вашият код за потвърждение.", "Вашият {brand} PIN е {code}"},
	"de-de": {"{code} ist Ihr Code für {brand}. Geben Sie ihn niemandem weiter.", "{code} ist Ihr Bestätigungscode. Geben Sie ihn niemandem weiter.", "Ihre {brand} PIN ist {code}"},
	"en-au": {"{code} is your {brand} code. Do not share it.", "{code} is your verification code. Do not share it.", "Your {brand} PIN is {code}"},
	"en-gb": {"{code} is your {brand} code. Do not share it.", "{code} is your verification code. Do not share it.", "Your {brand} PIN is {code}"},
	"en-in": {"{code} is your {brand} code. Do not share it.", "{code} is your verification code. Do not share it.", "Your {brand} PIN is {code}"},
	"en-us": {"{code} is your {brand} code. Do not share it.", "{code} is your verification code. Do not share it.", "Your {brand} PIN is {code}"},
	"es-es": {"{code} es tu codigo de {brand}. No lo compartas.", "{code} es tu codigo de seguridad. No lo compartas.", "Tu PIN de {brand} es {code}"},
	"es-mx": {"{code} es tu codigo de {brand}. No lo compartas.", "{code} es tu codigo de seguridad. No lo compartas.", "Tu PIN de {brand} es {code}"},
	"es-us": {"{code} es tu codigo de {brand}. No lo compartas.", "{code} es tu codigo de seguridad. No lo compartas.", "Tu PIN de {brand} es {code}"},
	"fr-ca": {"{code} est votre code {brand}. Ne le communiquez à personne.", "{code} est votre code de vérification. Ne le communiquez à personne.", "Votre NIP {brand} est {code}"},
	"fr-fr": {"{code} est votre code {brand}. Ne le communiquez à personne.", "{code} est votre code de vérification. Ne le communiquez à personne.", "Votre code PIN {brand} est {code}"},
	"he-il": {"{code} הוא הקוד שלך עבור {brand}.", "{code} הוא קוד האימות שלך.", "ה-PIN שלך עבור {brand} הוא {code}"},
	"is-is": {"{code} er {brand} kóðinn þinn.", "{code} er staðfestingarkóðinn þinn.", "{brand} PIN þitt er {code}"},
	"it-it": {"{code} è il tuo codice {brand}. Non condividerlo.", "{code} è il tuo codice di verifica. Non condividerlo.", "Il tuo PIN {brand} è {code}"},
	"ja-jp": {"{code} が{brand}の認証コードです。", "{code} が認証コードです。", "{brand}のPINは {code} です"},
	"ko-kr": {"{code} {brand} 인증번호입니다.", "{code} 인증번호입니다.", "{brand} PIN은 {code} 입니다"},
	"nl-nl": {"{code} is je code voor {brand}. Deel hem met niemand.", "{code} is je verificatiecode. Deel hem met niemand.", "Je {brand} PIN is {code}"},
	"pl-pl": {"{code} to kod {brand}. Nie podawaj go nikomu.", "{code} to kod weryfikacyjny. Nie podawaj go nikomu.", "Kod PIN {brand} to {code}"},
	"pt-br": {"{code} é o seu codigo {brand}. Nao o compartilhe.", "{code} é o seu codigo de verificacao. Nao o compartilhe.", "O seu PIN {brand} é {code}"},
	"pt-pt": {"{code} é o seu codigo {brand}. Nao o partilhe.", "{code} é o seu codigo de verificacao. Nao o partilhe.", "O seu PIN {brand} é {code}"},
	"ro-ro": {"{code} este codul tau {brand}. Nu il da nimanui.", "{code} este codul tau de verificare. Nu il da nimanui.", "Codul PIN {brand} este {code}"},
	"ru-ru": {"{code} — ваш код {brand}. Никому его не сообщайте.", "{code} — ваш код подтверждения.", "Ваш PIN {brand}: {code}"},
	"sv-se": {"{code} är din kod för {brand}. Dela den inte med någon.", "{code} är din verifieringskod. Dela den inte med någon.", "Din PIN för {brand} är {code}"},
	"tr-tr": {"{code} {brand} kodunuz. Kimseyle paylasmayin.", "{code} onay kodunuz. Kimseyle paylasmayin.", "{brand} PIN kodunuz: {code}"},
	"zh-cn": {"{code} 是您的{brand}验证码,请勿告诉他人。", "{code} 是您的验证码,请勿告诉他人。", "您的{brand} PIN码是 {code}"},
	"zh-tw": {"{code} 是您的{brand}驗證碼,請勿告訴他人。", "{code} 是您的驗證碼,請勿告訴他人。", "您的{brand} PIN碼是 {code}"},
}

// languages are the locales that a language alone stands for.
var languages = map[string]string{
	"bg": "bg-bg", "de": "de-de", "en": "en-us", "es": "es-es", "fr": "fr-fr", "he": "he-il", "is": "is-is", "it": "it-it",
	"ja": "ja-jp", "ko": "ko-kr", "nl": "nl-nl", "pl": "pl-pl", "pt": "pt-pt", "ro": "ro-ro", "ru": "ru-ru", "sv": "sv-se",
	"tr": "tr-tr", "zh": "zh-cn",
}

// countryLocales are the languages of countries whose language is not English.
var countryLocales = map[string]string{
	"AT": "de-de", "CH": "de-de", "DE": "de-de", "LI": "de-de", "LU": "fr-fr",
	"AU": "en-au", "NZ": "en-au", "GB": "en-gb", "IE": "en-gb", "IN": "en-in",
	"BG": "bg-bg", "IL": "he-il", "IS": "is-is", "IT": "it-it", "SM": "it-it", "JP": "ja-jp", "KR": "ko-kr",
	"NL": "nl-nl", "BE": "nl-nl", "SR": "nl-nl", "PL": "pl-pl", "PT": "pt-pt", "AO": "pt-pt", "MZ": "pt-pt", "BR": "pt-br",
	"RO": "ro-ro", "MD": "ro-ro", "RU": "ru-ru", "BY": "ru-ru", "KZ": "ru-ru", "KG": "ru-ru", "SE": "sv-se", "TR": "tr-tr",
	"CN": "zh-cn", "SG": "zh-cn", "TW": "zh-tw", "HK": "zh-tw", "MO": "zh-tw",
	"FR": "fr-fr", "MC": "fr-fr", "SN": "fr-fr", "CI": "fr-fr", "CM": "fr-fr", "MA": "fr-fr", "TN": "fr-fr", "DZ": "fr-fr",
	"ES": "es-es", "AD": "es-es", "MX": "es-mx", "AR": "es-mx", "BO": "es-mx", "CL": "es-mx", "CO": "es-mx", "CR": "es-mx",
	"CU": "es-mx", "DO": "es-mx", "EC": "es-mx", "GT": "es-mx", "HN": "es-mx", "NI": "es-mx", "PA": "es-mx", "PE": "es-mx",
	"PY": "es-mx", "SV": "es-mx", "UY": "es-mx", "VE": "es-mx", "PR": "es-us",
}
