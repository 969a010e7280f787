package v1

import "time"

// Modem is a modem with its SIM.
type Modem struct {
	Line         int64     `json:"line,omitempty"` // the id of the SIM, once it has been read
	Name         string    `json:"name"`
	Kind         string    `json:"kind"`           // modem or phone
	Port         string    `json:"port,omitempty"` // path, or URL of a phone
	State        string    `json:"state"`
	Detail       string    `json:"detail,omitempty"`
	Remedy       string    `json:"remedy,omitempty"` // what its owner can do if that lasts
	Since        time.Time `json:"since"`
	Manufacturer string    `json:"manufacturer,omitempty"`
	Model        string    `json:"model,omitempty"`
	Revision     string    `json:"revision,omitempty"`
	IMEI         string    `json:"imei,omitempty"`
	ICCID        string    `json:"iccid,omitempty"`
	IMSI         string    `json:"imsi,omitempty"`
	Number       string    `json:"number,omitempty"`
	Certain      bool      `json:"number_certain,omitempty"` // Number is sure to be its own: configured, or proved by a message
	SMSC         string    `json:"smsc,omitempty"`
	PINTries     *int      `json:"pin_tries,omitempty"` // that are left
	SIMName      string    `json:"sim_name,omitempty"`
	Hold         string    `json:"hold,omitempty"` // why the SIM sends nothing though the modem is ready
	Usage        []Usage   `json:"usage,omitempty"`
	Registration string    `json:"registration,omitempty"`
	Operator     string    `json:"operator,omitempty"`
	Technology   string    `json:"technology,omitempty"` // GSM, UMTS, LTE …
	SignalDBm    int       `json:"signal_dbm,omitempty"`
	Profile      string    `json:"profile,omitempty"` // the family that the driver takes the modem for
	Voice        string    `json:"voice,omitempty"`   // the way in which it is given the sound of calls; absent: it places none
	VoLTE        string    `json:"volte,omitempty"`   // registered or off: whether LTE carries its calls
	Advice       []Setting `json:"advice,omitempty"`  // what would let it speak in calls, or over LTE
	Storage      *Storage  `json:"storage,omitempty"` // of incoming messages
	Battery      *Battery  `json:"battery,omitempty"` // of a phone
}

// Battery is what is left in the battery of a phone.
type Battery struct {
	Percent  int  `json:"percent"`
	Charging bool `json:"charging"`
}

// Setting is something to set in a modem, once.
type Setting struct {
	Why     string `json:"why"`
	Command string `json:"command,omitempty"` // for the port of the modem; absent: none helps
}

// Storage is a storage of a modem, and how full it is.
type Storage struct {
	Name  string `json:"name"` // ME: that of the modem, SM: that of the SIM
	Used  int    `json:"used"`
	Total int    `json:"total"`
}

// Usage is what a SIM has sent in a day or a month. An absent maximum is no limit.
type Usage struct {
	Period        string  `json:"period"`
	Parts         int     `json:"parts"`
	MaxParts      int     `json:"max_parts,omitempty"`
	Recipients    int     `json:"recipients"`
	MaxRecipients int     `json:"max_recipients,omitempty"`
	Cost          float64 `json:"cost,omitempty"` // by the prices of the SIM
	MaxCost       float64 `json:"max_cost,omitempty"`
}

// USSD is the answer of the network to a USSD code.
type USSD struct {
	Text string `json:"text"`
	More bool   `json:"more"` // a menu waits for an answer, which is sent as the next code
}

// Proved is the answer where the number of a SIM is its own.
type Proved struct {
	Line   int64  `json:"line"`
	Number string `json:"number"`
}

// Released is the answer to the end of the quarantine of a SIM.
type Released struct {
	Line int64 `json:"line"`
}

// Restarting is the answer when a modem is to be restarted.
type Restarting struct {
	Modem string `json:"modem"`
}

// Event is something that the owner of the gateway should know.
type Event struct {
	ID    int64     `json:"id"`
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"`
	Line  int64     `json:"line,omitempty"`
	Modem string    `json:"modem,omitempty"`
	Text  string    `json:"text"`
}
