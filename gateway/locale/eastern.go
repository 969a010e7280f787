package locale

var eastern = []Locale{
	{
		Name: "ja-jp", Countries: "JP", Register: Formal,
		Written: Written{
			Branded: "{code} が{brand}の認証コードです。誰にも教えないでください。",
			Plain:   "{code} が認証コードです。誰にも教えないでください。",
			PIN:     "{brand}のPINコードは {code} です",
			Asked:   "ご自身で依頼した場合のみ送信してください。",
		},
		Spoken: Spoken{
			Voice: "ja", Script: Kana,
			Branded: "{brand} の、 にんしょう コード わ",
			Plain:   "にんしょう コード わ",
			Again:   "もう いちど、 くりかえします",
			Press:   "コードを きくにわ、 いちを おしてください。",
			Replay:  "もう いちど きくにわ、 いちを おしてください。",
			Digits:  digits("ゼロ いち に さん よん ご ろく なな はち きゅう"),
			Letters: letters("エー ビー シー ディー イー エフ ジー エイチ アイ ジェー ケー エル エム エヌ オー ピー キュー アール エス ティー ユー ブイ ダブリュー エックス ワイ ゼット"),
		},
	},
	{
		Name: "ko-kr", Countries: "KR", Register: Formal,
		Written: Written{
			Branded: "{code} {brand} 인증번호입니다. 타인에게 알려 주지 마십시오.",
			Plain:   "{code} 인증번호입니다. 타인에게 알려 주지 마십시오.",
			PIN:     "{brand} PIN은 {code}입니다",
			Asked:   "본인이 요청한 경우에만 보내십시오.",
		},
		Spoken: Spoken{
			Voice: "ko", Script: Hangul,
			Branded: "{brand} 인증번호는",
			Plain:   "인증번호는",
			Again:   "다시 한번 말씀드립니다",
			Press:   "인증번호를 들으시려면, 일번을 눌러 주십시오.",
			Replay:  "다시 들으시려면, 일번을 눌러 주십시오.",
			Digits:  digits("공 일 이 삼 사 오 육 칠 팔 구"),
			Letters: letters("에이 비 씨 디 알파벳-이 에프 지 에이치 아이 제이 케이 엘 엠 엔 알파벳-오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트"),
		},
	},
	// espeak-ng takes Chinese characters for English letters but with this voice.
	{
		Name: "zh-cn", Countries: "CN", Register: Formal,
		Written: Written{
			Branded: "{code} 是您的{brand}验证码，请勿告知他人。",
			Plain:   "{code} 是您的验证码，请勿告知他人。",
			PIN:     "您的{brand} PIN码是 {code}",
			Asked:   "仅在您本人请求时发送。",
		},
		Spoken: Spoken{
			Voice: "cmn-latn-pinyin", Script: Han,
			Branded: "您的 {brand} 验证码是",
			Plain:   "您的验证码是",
			Again:   "再说一遍",
			Press:   "要听验证码，请按一。",
			Replay:  "要再听一遍，请按一。",
			Digits:  digits("零 幺 二 三 四 五 六 七 八 九"), // 一 is heard as 七
		},
	},
	{
		Name: "zh-tw", Countries: "HK MO TW", Register: Formal,
		Written: Written{
			Branded: "{code} 是您的{brand}驗證碼，請勿告知他人。",
			Plain:   "{code} 是您的驗證碼，請勿告知他人。",
			PIN:     "您的{brand} PIN碼是 {code}",
			Asked:   "僅在您本人要求時傳送。",
		},
		Spoken: Spoken{
			Voice: "cmn-latn-pinyin", Script: Han,
			Branded: "您的 {brand} 驗證碼是",
			Plain:   "您的驗證碼是",
			Again:   "再說一遍",
			Press:   "要聽驗證碼，請按一。",
			Replay:  "要再聽一遍，請按一。",
			Digits:  digits("零 一 二 三 四 五 六 七 八 九"), // 幺 is not usual in Taiwan
		},
	},
	{
		Name: "vi-vn", Countries: "VN",
		Written: Written{
			Branded: "{code} là mã {brand} của bạn. Không chia sẻ mã này.",
			Plain:   "{code} là mã xác minh của bạn. Không chia sẻ mã này.",
			PIN:     "Mã PIN {brand} của bạn là {code}",
			Asked:   "Chỉ gửi nếu chính bạn đã yêu cầu.",
		},
		Spoken: Spoken{
			Voice:   "vi",
			Branded: "Mã {brand} của bạn là",
			Plain:   "Mã của bạn là",
			Again:   "Xin nhắc lại",
			Press:   "Để nghe mã, vui lòng nhấn phím một.",
			Replay:  "Để nghe lại, vui lòng nhấn phím một.",
			Letters: map[rune]string{'Y': "i dài"}, // which sounds like I by itself
		},
	},
	{
		Name: "th-th", Countries: "TH",
		Written: Written{
			Branded: "{code} คือรหัส {brand} ของคุณ โปรดอย่าบอกผู้อื่น",
			Plain:   "{code} คือรหัสยืนยันของคุณ โปรดอย่าบอกผู้อื่น",
			PIN:     "รหัส PIN {brand} ของคุณคือ {code}",
			Asked:   "ส่งข้อความนี้เฉพาะเมื่อคุณเป็นผู้ขอเท่านั้น",
		},
		Spoken: Spoken{
			Voice: "th", Script: Thai,
			// espeak-ng 1.51 reads Thai words letter by letter, and only digits right: those
			// are in Thai, and the sentences in English.
			Branded: "Your {brand} code is",
			Plain:   "Your code is",
			Again:   "I repeat",
			Press:   "To hear your code, press one.",
			Replay:  "To hear it again, press one.",
		},
	},
	{
		Name: "id-id", Countries: "ID", Register: Formal,
		Written: Written{
			Branded: "{code} adalah kode {brand} Anda. Jangan berikan kepada siapa pun.",
			Plain:   "{code} adalah kode verifikasi Anda. Jangan berikan kepada siapa pun.",
			PIN:     "PIN {brand} Anda adalah {code}",
			Asked:   "Kirim ini hanya jika Anda yang memintanya.",
		},
		Spoken: Spoken{
			Voice:   "id",
			Branded: "Kode {brand} Anda adalah",
			Plain:   "Kode Anda adalah",
			Again:   "Saya ulangi",
			Press:   "Untuk mendengar kode Anda, tekan satu.",
			Replay:  "Untuk mendengarnya lagi, tekan satu.",
		},
	},
	{
		Name: "ms-my", Countries: "BN MY", Register: Formal,
		Written: Written{
			Branded: "{code} ialah kod {brand} anda. Jangan kongsi dengan sesiapa.",
			Plain:   "{code} ialah kod pengesahan anda. Jangan kongsi dengan sesiapa.",
			PIN:     "PIN {brand} anda ialah {code}",
			Asked:   "Hantar ini hanya jika anda yang memintanya.",
		},
		Spoken: Spoken{
			Voice:   "ms",
			Branded: "Kod {brand} anda ialah",
			Plain:   "Kod anda ialah",
			Again:   "Saya ulangi",
			Press:   "Untuk mendengar kod anda, tekan satu.",
			Replay:  "Untuk mendengarnya semula, tekan satu.",
		},
	},
}
