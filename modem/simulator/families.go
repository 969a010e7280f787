package simulator

// quectelReady is said by the makes of Quectel's newer firmware.
var quectelReady = []string{"+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"}

// huaweiNoise is what sticks say of their radio all day.
var huaweiNoise = []string{"^RSSI:18", "^MODE:5,4", `^HCSQ:"WCDMA",43,35,49`, "^BOOT:25362463,0,0,0,6"}

// families are the makes by name, put together from manuals and from what
// people saw of real devices.
var families = map[string]family{
	// Claims +CDS and refuses it, as many with a Qualcomm chip.
	"sim7600": {
		manufacturer: "SIMCOM INCORPORATED", model: "SIMCOM_SIM7600E-H", revision: "+CGMR: LE20B04SIM7600M22",
		rat: LTE, modes: []int{0, 1, 2},
		reportRoutes: []int{0, 2}, claimedRoutes: []int{0, 1, 2},
		memories: []string{"ME", "MT", "SM", "SR"}, reportsIn: "SR", full: "+SMS FULL",
		csms: []int{0, 1}, freshCSMS: 1,
		up: []string{"RDY"}, saysPIN: true, ready: []string{"SMS DONE", "PB DONE"},
		pad:  true,
		soft: "+CFUN=1,1", hard: "+CRESET",
		knows: []string{"+CICCID", "+ICCID", "+SPIC", "+CPSI", "+CPCMREG", "+CPCMFRM", "+DDET", "+CDTAM", "+CTTS", "+MORING",
			"+CFTRANRX", "+CCMXPLAY", "+CCMXSTOP", "+CCMXPLAYWAV", "+CCMXSTOPWAV"},
		tells: tellsSIMCom,
	},
	// Shows reports directly, and wants each acknowledged after power-up.
	"a7670": {
		manufacturer: "INCORPORATED", model: "A7670E-LASE", revision: "A7670M7_V1.11.1",
		rat: LTE, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1},
		memories: []string{"SM", "ME"}, full: "+SMS FULL",
		csms: []int{0, 1}, freshCSMS: 1,
		up: []string{"*ATREADY: 1"}, saysPIN: true, ready: []string{"SMS DONE", "PB DONE"},
		pad:  true,
		soft: "+CFUN=1,1", hard: "+CRESET",
		knows: []string{"+CICCID", "+ICCID", "+SPIC", "+CPSI", "+CESQ", "+MORING", "+DDET", "+CDTAM", "+CTTS", "+CFTRANRX", "+CCMXPLAY", "+CCMXSTOP"},
		tells: tellsSIMCom,
	},
	"sim800": {
		manufacturer: "SIMCOM_Ltd", model: "SIMCOM_SIM800L", revision: "Revision:1418B05SIM800L24",
		rat: GSM, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1},
		memories: []string{"SM", "ME"}, full: "+SMS FULL",
		csms: []int{0, 1},
		up:   []string{"RDY", "+CFUN: 1"}, saysPIN: true, ready: []string{"Call Ready", "SMS Ready"},
		bareICCID: true, pad: true, soft: "+CFUN=1,1",
		knows: []string{"+CCID", "+SPIC", "+MORING", "+DDET", "+FSCREATE", "+FSWRITE", "+CREC"},
		tells: tellsSIM800,
	},
	// Says that a report is in slot 0 of the SIM; it is in SR.
	"ec25": {
		manufacturer: "Quectel", model: "EC25", revision: "EC25EFAR06A06M4G",
		rat: LTE, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1, 2},
		memories: []string{"ME", "SM", "MT", "SR"}, reportsIn: "SR", reportsAre: `"SM",0`,
		csms: []int{0, 1},
		up:   []string{"RDY", "+CFUN: 1"}, saysPIN: true, ready: quectelReady,
		pad: true, soft: "+CFUN=1,1",
		knows: []string{"+QCCID", "+ICCID", "+QPINC", "+QCSQ", "+QURCCFG", "+QINDCFG", "^DSCI", "+QPCMV", "+QGPSCFG", "+QTONEDET", "+QWTTS",
			"+QFUPL", "+QFDEL", "+QPSND"},
		tells: tellsQuectel,
	},
	"ec200": {
		manufacturer: "Quectel", model: "EC200U", revision: "EC200UEUAAR03A05M08",
		rat: LTE, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1},
		memories: []string{"SM", "ME"},
		csms:     []int{0, 1},
		up:       []string{"RDY", "+CFUN: 1"}, saysPIN: true, ready: quectelReady,
		pad: true, soft: "+CFUN=1,1",
		knows: []string{"+QCCID", "+CCID", "+QPINC", "+CESQ", "+QURCCFG", "+QINDCFG", "^DSCI", "+QTONEDET", "+QWTTS", "+QFUPL", "+QFDEL", "+QPSND"},
		tells: tellsQuectel,
	},
	"m35": {
		manufacturer: "Quectel_Ltd", model: "Quectel_M35", revision: "Revision: M35FAR02A12",
		rat: GSM, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1}, claimedRoutes: []int{0, 1, 2},
		memories: []string{"SM", "ME", "MT"}, full: "+CMS ERROR: 322",
		csms: []int{0, 128},
		up:   []string{"RDY", "+CFUN: 1"}, saysPIN: true, ready: []string{"Call Ready", "SMS Ready"},
		bareICCID: true, pad: true, soft: "+CFUN=1,1",
		knows: []string{"+QCCID", "+CCID", "+QPINC", "^DSCI", "+QTONEDET", "+QWTTS", "+QFUPL", "+QFDEL", "+QPSND"},
		tells: tellsQuectel,
	},
	"huawei": {
		manufacturer: "huawei", model: "E173", revision: "11.126.85.00.209",
		rat: UMTS, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1, 2},
		memories: []string{"SM", "ME"}, full: "^SMMEMFULL: %q",
		csms: []int{0, 1},
		up:   []string{"^BOOT:25362463,0,0,0,6"}, ready: []string{"^SIMST:1", "^SRVST:2"}, noise: huaweiNoise,
		soft: "+CFUN=1,1", hard: "^RESET",
		knows:      []string{"^ICCID", "^CPIN", "^CURC", "^HCSQ", "^USSDMODE", "^CVOICE", "^DDSETEX", "^DDTMFCFG"},
		packedUSSD: true,
		tells:      tellsHuawei,
	},
	"e3372": {
		manufacturer: "huawei", model: "E3372", revision: "21.315.01.00.143",
		rat: LTE, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1, 2},
		memories: []string{"ME", "SM"}, full: "^SMMEMFULL: %q",
		csms: []int{0, 1},
		up:   []string{"^SYSSTART"}, ready: []string{"^SIMST: 1", "^SRVST: 2"},
		noise: []string{"^RSSI: 22", `^HCSQ: "LTE",52,44,141,26`, "^LWURC: 30,1", "^MODE: 6,101"},
		soft:  "+CFUN=1,1", hard: "^RESET",
		knows:      []string{"^ICCID", "^CPIN", "^CURC", "^HCSQ", "^USSDMODE"},
		packedUSSD: true,
	},
	"zte": {
		manufacturer: "ZTE CORPORATION", model: "MF190", revision: "BD_MF190V1.0.0B06",
		rat: UMTS, modes: []int{0, 1}, reportRoutes: []int{0, 1},
		memories: []string{"SM"}, full: "+CMS ERROR: 322",
		csms: []int{0, 1}, freshCSMS: 1,
		up: []string{"+ZEND"}, saysPIN: true, ready: []string{"+ZUSIMR:2"},
		noise: []string{"+ZUSIMR:2", "^RSSI:15", "+ZDONR: \"simgate\",1,1,\"CS_PS\",\"ROAM_OFF\""},
		soft:  "+CFUN=1,1", hard: "+ZRST",
		knows: []string{"+ICCID", "^CURC"},
	},
	"sierra": {
		manufacturer: "Sierra Wireless, Incorporated", model: "MC7455", revision: "SWI9X30C_02.33.03.00",
		rat: LTE, modes: []int{0, 1, 2}, reportRoutes: []int{0, 2}, claimedRoutes: []int{0, 1, 2},
		memories: []string{"SM", "ME", "MT", "SR"},
		csms:     []int{0, 1}, freshCSMS: 1,
		saysPIN: true, soft: "+CFUN=1,1", hard: "!RESET",
		knows: []string{"+ICCID"},
	},
	"ublox": {
		manufacturer: "u-blox", model: "SARA-U201", revision: "23.60",
		rat: UMTS, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1},
		memories: []string{"SM", "ME"},
		csms:     []int{0, 1},
		up:       []string{"+READY"},
		soft:     "+CFUN=16",
		knows:    []string{"+CCID", "+UPINCNT", "+CESQ", "+UCALLSTAT", "+UDTMFD"},
		tells:    tellsUblox,
	},
	"telit": {
		manufacturer: "Telit", model: "LE910C1-EU", revision: "25.20.246",
		rat: LTE, modes: []int{0, 1, 2}, reportRoutes: []int{0, 1},
		memories: []string{"SM", "ME"},
		csms:     []int{0, 1},
		saysPIN:  true, ready: []string{"#QSS: 3"},
		soft: "+CFUN=1,1", hard: "#REBOOT",
		knows: []string{"#CCID", "#PCT", "+CESQ"},
	},
}
