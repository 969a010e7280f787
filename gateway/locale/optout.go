package locale

import "maps"

// OptOut holds the words by which people ask for no more messages, and for messages again,
// with commas between them, and the answer to the first.
//
// A word must mean nothing else in any language when it is all of a message: the Italian
// "fine" and the Turkish "son" are missing for that reason. The answer fits one short
// message, and says to write START.
type OptOut struct {
	Out    string
	In     string
	Answer string
}

// OptOuts returns those of all languages, by language or, where a locale has its own, by
// locale.
func OptOuts() map[string]OptOut { return maps.Clone(optOuts) }

// OptOutOf returns that of a locale or a language.
func OptOutOf(name string) OptOut {
	if o, ok := optOuts[name]; ok {
		return o
	}
	return optOuts[Locale{Name: name}.language()]
}

var optOuts = map[string]OptOut{
	"ar": {"توقف, أوقف, قف, إيقاف, إلغاء, إلغاء الاشتراك, إنهاء", "ابدأ, اشتراك", "لن تصلكم رسائل منا بعد الآن. لاستئنافها أرسلوا START."},
	"bg": {"стоп, спри, спрете, край, отказ, отпиши", "старт, започни", "Няма да получавате съобщения. Отговорете START, за да ги върнете."},
	"bn": {"বন্ধ, বন্ধ করুন, থামুন, বাতিল, শেষ", "শুরু, চালু", "আপনি আর বার্তা পাবেন না। আবার পেতে START লিখে পাঠান।"},
	"ca": {"atura, baixa, cancel·la", "inicia", "No rebràs més missatges. Respon START per tornar-los a rebre."},
	"cs": {"konec, odhlásit, zrušit", "přihlásit, obnovit", "Už nebudete dostávat zprávy. Pro obnovení odpovězte START."},
	"da": {"afmeld, afslut", "tilmeld", "Du får ikke flere beskeder fra os. Svar START for at få dem igen."},
	"de": {"stopp, abmelden, abbestellen, austragen, ende, kündigen", "anmelden, starten", "Sie erhalten keine Nachrichten mehr von uns. Antworten Sie START, um sie wieder zu erhalten."},
	"el": {"στοπ, τέλος, διακοπή, διαγραφή, ακύρωση", "έναρξη, εγγραφή", "Δεν θα λαμβάνετε μηνύματα. Απαντήστε START για να τα λαμβάνετε ξανά."},
	"en": {"stop, end, cancel, quit, unsubscribe, revoke, optout, opt out, opt-out", "start, unstop, optin, opt in, opt-in", "You will get no more messages from us. Reply START to get them again."},
	"es": {"alto, baja, parar, cancelar, salir, detener", "alta, iniciar", "Ya no recibirás mensajes. Responde START para volver a recibirlos."},
	"et": {"lopeta, peata, loobun, tühista", "alusta", "Te ei saa enam sõnumeid. Nende jätkamiseks vastake START."},
	"fa": {"توقف, لغو, قطع, پایان", "شروع", "دیگر پیامی نخواهید گرفت. برای دریافت دوباره START بفرستید."},
	"fi": {"lopeta, peruuta", "aloita, jatka", "Et saa meiltä enää viestejä. Vastaa START, jos haluat niitä taas."},
	"fr": {"arrêt, arrêter, désabonner, désabonnement, désinscrire, désinscription, annuler", "reprendre", "Vous ne recevrez plus de messages. Répondez START pour en recevoir à nouveau."},
	"he": {"הסר, הסרה, עצור, הפסק, ביטול, סטופ", "התחל, הצטרף", "לא יישלחו עוד הודעות. לקבלתן מחדש יש להשיב START."},
	"hi": {"बंद, बंद करें, रोकें, रोको, रद्द, समाप्त", "शुरू, चालू", "अब आपको संदेश नहीं मिलेंगे। फिर पाने के लिए START लिखें।"},
	"hr": {"stani, odjava, prekini", "prijava, pokreni", "Više nećete dobivati poruke. Za ponovno primanje odgovorite START."},
	"hu": {"állj, vége, leiratkozás, leiratkozom, mégse", "feliratkozás", "Több üzenetet nem küldünk Önnek. Ha ismét kéri, válaszoljon: START"},
	"id": {"berhenti, batal, keluar", "mulai", "Anda tidak akan menerima pesan lagi. Balas START untuk menerimanya lagi."},
	"is": {"hætta, afskrá", "byrja, skrá", "Þú færð ekki fleiri skilaboð frá okkur. Svaraðu START til að fá þau."},
	"it": {"ferma, fermare, basta, cancella, annulla, disiscrivi, disiscrivimi", "inizia, iscrivi", "Non riceverà più messaggi. Risponda START per riceverli di nuovo."},
	"ja": {"停止, 配信停止, 解除, 中止, 退会, ストップ", "開始, 再開, スタート", "今後メッセージは届きません。再開するにはSTARTとご返信ください。"},
	"ko": {"중지, 정지, 수신거부, 수신 거부, 거부, 취소, 그만", "시작, 재개", "더 이상 메시지를 보내지 않습니다. 다시 받으시려면 START로 답장하십시오."},
	"lt": {"stabdyti, baigti, atsisakyti, atsisakau", "pradėti", "Daugiau žinučių negausite. Norėdami jų vėl gauti, atsakykite START."},
	"lv": {"apturēt, beigt, atteikties", "sākt, atsākt", "Jūs vairs nesaņemsiet ziņas. Lai tās atsāktu, atbildiet START."},
	"ms": {"berhenti, batal, tamat", "mula", "Anda tidak akan menerima mesej lagi. Balas START untuk menerimanya semula."},
	"nb": {"stopp, avslutt, avmeld", "påmeld", "Du får ikke flere meldinger fra oss. Svar START for å få dem igjen."},
	"nl": {"stoppen, afmelden, uitschrijven, einde", "aanmelden", "Je krijgt geen berichten meer van ons. Antwoord START om ze weer te krijgen."},
	"pl": {"koniec, wypisz, rezygnuję, anuluj", "zapisz, wznów", "Nie dostaniesz więcej wiadomości. Odpisz START, aby je wznowić."},
	"pt": {"parar, pare, sair, cancelar, remover", "iniciar, começar", "Não receberá mais mensagens. Responda START para voltar a recebê-las."},
	"ro": {"oprește, opriți, dezabonare, renunț, anulează", "pornește, abonare", "Nu veți mai primi mesaje. Răspundeți START ca să le primiți din nou."},
	"ru": {"стоп, отписаться, отписка, отпишите, отмена, конец, хватит", "старт, подписаться", "Вы больше не получите сообщений. Чтобы вернуть их, ответьте START."},
	"sk": {"koniec, odhlásiť, zrušiť", "prihlásiť, obnoviť", "Už nebudete dostávať správy. Pre obnovenie odpovedzte START."},
	"sl": {"ustavi, konec, odjava, prekliči", "prijava, začni", "Sporočil ne boste več prejemali. Za obnovitev odgovorite START."},
	"sr": {"stani, odjava, prekini, стоп, стани, одјава, прекини", "prijava, počni, старт, пријава", "Više nećete dobijati poruke. Za ponovno primanje odgovorite START."},
	"sv": {"stopp, avsluta, avregistrera, avbeställ", "starta", "Du får inga fler meddelanden från oss. Svara START för att få dem igen."},
	"sw": {"sitisha, ondoa", "anza", "Hutapokea ujumbe tena. Jibu START ili uupokee tena."},
	"ta": {"நிறுத்து, நிறுத்தவும், ரத்து", "தொடங்கு, தொடங்கவும்", "இனி செய்திகள் வராது. மீண்டும் பெற START என அனுப்பவும்."},
	"te": {"ఆపు, ఆపండి, రద్దు, నిలిపివేయండి", "ప్రారంభించు, ప్రారంభించండి", "ఇకపై మీకు సందేశాలు రావు. మళ్లీ పొందడానికి START అని పంపండి."},
	"th": {"หยุด, ยกเลิก, เลิก", "เริ่ม", "ท่านจะไม่ได้รับข้อความอีก ตอบ START เพื่อรับอีกครั้ง"},
	"tr": {"durdur, iptal, ret, çıkış", "başla, başlat", "Artık mesaj almayacaksınız. Yeniden almak için START yanıtlayın."},
	"uk": {"стоп, відписатися, відмова, відпишіть, скасувати, кінець", "старт, підписатися", "Ви більше не отримаєте повідомлень. Щоб відновити, надішліть START."},
	"ur": {"بند, بند کریں, روکیں, ختم, منسوخ", "شروع", "اب آپ کو پیغامات نہیں ملیں گے۔ دوبارہ پانے کے لیے START لکھیں۔"},
	"vi": {"dừng lại, hủy, hủy đăng ký, từ chối, tc", "bắt đầu", "Quý khách sẽ không nhận tin nữa. Trả lời START để nhận lại."},
	"zh": {"停止, 退订, 取消, 拒收, td", "开始, 恢复, 订阅", "您将不再收到短信。如需恢复，请回复START。"},

	"zh-tw": {"停止, 退訂, 取消, 拒收", "開始, 恢復, 訂閱", "您將不再收到簡訊。如需恢復，請回覆START。"},
}
