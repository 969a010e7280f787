package simulator

import "fmt"

// CMSError is a +CMS ERROR result (27.005 3.2.5).
type CMSError int

// Error returns the result code.
func (e CMSError) Error() string { return fmt.Sprintf("+CMS ERROR: %d", int(e)) }

// CMEError is a +CME ERROR result (27.007 9.2).
type CMEError int

// Error returns the result code.
func (e CMEError) Error() string { return fmt.Sprintf("+CME ERROR: %d", int(e)) }

// resultText is any other final result but OK.
type resultText string

func (t resultText) Error() string { return string(t) }

const errPlain = resultText("ERROR")

// The codes that simulated modems use.
const (
	cmeNotAllowed   CMEError = 3
	cmeNotSupported CMEError = 4
	cmeNoSIM        CMEError = 10
	cmePIN          CMEError = 11
	cmePUK          CMEError = 12
	cmeBusy         CMEError = 14
	cmeWrongPIN     CMEError = 16
	cmeNoService    CMEError = 30
	cmeBadParameter CMEError = 50

	cmsNetworkOutOfOrder CMSError = 38
	cmsNotAllowed        CMSError = 302
	cmsNotSupported      CMSError = 303
	cmsBadPDU            CMSError = 304
	cmsBadText           CMSError = 305
	cmsNoSIM             CMSError = 310
	cmsPIN               CMSError = 311
	cmsBusy              CMSError = 314
	cmsPUK               CMSError = 316
	cmsBadIndex          CMSError = 321
	cmsNoSMSC            CMSError = 330
	cmsNoNetwork         CMSError = 331
	cmsNoAckExpected     CMSError = 340
)

// words are the textual forms of +CMEE=2 (27.007 9.2, 27.005 3.2.5).
var words = map[error]string{
	cmeNotAllowed:   "operation not allowed",
	cmeNotSupported: "operation not supported",
	cmeNoSIM:        "SIM not inserted",
	cmePIN:          "SIM PIN required",
	cmePUK:          "SIM PUK required",
	cmeBusy:         "SIM busy",
	cmeWrongPIN:     "incorrect password",
	cmeNoService:    "no network service",
	cmeBadParameter: "Incorrect parameters",

	cmsNetworkOutOfOrder: "Network out of order",
	cmsNotAllowed:        "operation not allowed",
	cmsNotSupported:      "operation not supported",
	cmsBadPDU:            "invalid PDU mode parameter",
	cmsBadText:           "invalid text mode parameter",
	cmsNoSIM:             "SIM not inserted",
	cmsPIN:               "SIM PIN required",
	cmsBusy:              "SIM busy",
	cmsPUK:               "SIM PUK required",
	cmsBadIndex:          "invalid memory index",
	cmsNoSMSC:            "SMSC address unknown",
	cmsNoNetwork:         "no network service",
	cmsNoAckExpected:     "no +CNMA acknowledgement expected",
}
