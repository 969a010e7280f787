package usb

import "slices"

// Role is what a serial port of a modem is for.
type Role string

// The roles of ports.
const (
	RoleAT      Role = "at"      // commands; the port to use
	RolePPP     Role = "ppp"     // commands too, but meant for dial-up
	RoleDiag    Role = "diag"    // a vendor's binary diagnostics: writing to it can hang the modem
	RoleGNSS    Role = "gnss"    // positions
	RoleVoice   Role = "voice"   // sound of calls
	RoleUnknown Role = "unknown" // to be tried
)

// model says which role the interfaces of some products of a vendor have, by their
// bInterfaceNumber.
type model struct {
	vid   uint16
	pids  []uint16
	roles map[int]Role
}

// models lists the products whose interfaces are known: from the rules of
// ModemManager, the table of chan_dongle, the kernel's option driver, and published
// traces. Every port of a product that is not listed is tried.
var models = []model{
	{0x1e0e, []uint16{0x9001}, map[int]Role{0: RoleDiag, 1: RoleGNSS, 2: RoleAT, 3: RolePPP, 4: RoleVoice}},              // SIM7000/7100/7600
	{0x1e0e, []uint16{0x9011}, map[int]Role{2: RoleDiag, 3: RoleGNSS, 4: RoleAT, 5: RolePPP, 6: RoleVoice, 7: RoleDiag}}, // SIM7600 as RNDIS, A76xx
	{0x1e0e, []uint16{0x9205}, map[int]Role{0: RoleDiag, 1: RoleGNSS, 2: RoleAT, 3: RolePPP}},                            // SIM7070/7080/7090
	{0x1e0e, []uint16{0x9206}, map[int]Role{0: RoleDiag, 1: RoleGNSS, 2: RoleAT, 3: RoleDiag, 4: RoleDiag, 5: RolePPP}},
	{0x1e0e, []uint16{0x9100, 0x9200}, map[int]Role{1: RolePPP, 3: RoleAT}},
	{0x1e0e, []uint16{0xcefe}, map[int]Role{0: RolePPP, 2: RoleAT}},
	{0x2c7c, []uint16{0x0121, 0x0125, 0x0191, 0x0195, 0x0306, 0x0296, 0x0512, 0x0800, 0x0801},
		map[int]Role{0: RoleDiag, 1: RoleGNSS, 2: RoleAT, 3: RolePPP}}, // Quectel EC2x, EG9x, BG96, RM5xx
	{0x2c7c, []uint16{0x0901}, map[int]Role{2: RoleDiag, 3: RoleDiag}}, // EC200U
	{0x12d1, []uint16{0x1001}, map[int]Role{0: RolePPP, 1: RoleVoice, 2: RoleAT}},
	{0x12d1, []uint16{0x140c}, map[int]Role{0: RolePPP, 2: RoleVoice, 3: RoleAT}},
	{0x12d1, []uint16{0x1436, 0x14ac}, map[int]Role{0: RolePPP, 3: RoleVoice, 4: RoleAT}},
	{0x12d1, []uint16{0x1465}, map[int]Role{0: RolePPP, 1: RoleVoice, 2: RoleAT}},
	{0x19d2, []uint16{0x0001, 0x0003}, map[int]Role{0: RoleAT, 1: RolePPP, 2: RolePPP}},
	{0x19d2, []uint16{0x0031, 0x0037, 0x0052, 0x0063, 0x0082, 0x0104, 0x1007}, map[int]Role{1: RolePPP, 3: RoleAT}},
	{0x19d2, []uint16{0x0124}, map[int]Role{1: RolePPP, 4: RoleAT}},
	{0x19d2, []uint16{0x0002, 0x0012, 0x0024, 0x0025, 0x0055}, map[int]Role{2: RoleAT, 4: RolePPP}},
	{0x19d2, []uint16{0x0016, 0x0017, 0x0018, 0x0019, 0x0117, 0x0156}, map[int]Role{1: RolePPP, 2: RoleAT}},
	{0x1199, []uint16{0x9071, 0x9079, 0x9091, 0x68c0}, map[int]Role{0: RoleDiag, 2: RoleGNSS, 3: RoleAT}}, // Sierra MC74xx, EM7xxx
	{0x1546, []uint16{0x110a, 0x1107, 0x1102}, map[int]Role{0: RoleAT, 2: RolePPP, 4: RolePPP, 6: RoleGNSS, 10: RoleDiag}},
	{0x1546, []uint16{0x1104}, map[int]Role{0: RoleAT, 2: RoleGNSS}},
	{0x1bc7, []uint16{0x1201}, map[int]Role{0: RoleDiag, 3: RoleGNSS, 4: RoleAT, 5: RolePPP}},
	{0x1bc7, []uint16{0x1031, 0x1033, 0x1101, 0x110a}, map[int]Role{0: RoleDiag, 1: RoleAT, 2: RolePPP}},
	{0x1bc7, []uint16{0x1040}, map[int]Role{0: RoleDiag, 4: RoleAT, 5: RolePPP}},
}

// vendors are the vendors whose devices are modems, whatever the product id.
var vendors = map[uint16]string{
	0x1e0e: "SIMCom", 0x2c7c: "Quectel", 0x12d1: "Huawei", 0x19d2: "ZTE", 0x1199: "Sierra Wireless", 0x1546: "u-blox", 0x1bc7: "Telit",
}

// huaweiRoles are the roles of Huawei's interfaces of class ff, by subclass and
// protocol, which Huawei keeps to more than to the interface numbers.
var huaweiRoles = map[[2]uint8]Role{
	{0x01, 0x01}: RolePPP, {0x02, 0x01}: RolePPP,
	{0x01, 0x02}: RoleAT, {0x02, 0x02}: RoleAT,
	{0x01, 0x03}: RoleDiag, {0x02, 0x03}: RoleDiag, // the voice port as well, while a call is up
	{0x01, 0x05}: RoleGNSS, {0x01, 0x14}: RoleGNSS, {0x06, 0x14}: RoleGNSS,
}

// role returns the role of a port.
func (d Device) role(p Port) Role {
	if r, ok := huaweiRoles[[2]uint8{p.subclass, p.protocol}]; ok && d.VID == 0x12d1 && p.class == 0xff {
		return r
	}
	for _, m := range models {
		if m.vid == d.VID && slices.Contains(m.pids, d.PID) {
			if r, ok := m.roles[p.Interface]; ok {
				return r
			}
			return RoleUnknown
		}
	}
	return RoleUnknown
}

// stick is a product that has no serial port in the mode that its ids stand for.
type stick struct {
	vid    uint16
	pids   []uint16
	name   string
	method string // the option of usb_modeswitch that changes the mode; "" if none does
}

// switches are sticks that show themselves as a disk with their Windows driver until
// they are switched, from the data of usb_modeswitch.
var switches = []stick{
	{0x12d1, []uint16{0x1446, 0x14fe, 0x1505, 0x1520, 0x15ca, 0x15e7, 0x15cd, 0x15cf}, "a Huawei stick", "-J"},
	{0x19d2, []uint16{0x2000, 0x0149, 0x0154, 0x1224, 0x1030}, "a ZTE stick", "-K"},
	{0x1199, []uint16{0x0fff}, "a Sierra Wireless stick", "-S"},
	{0x1e0e, []uint16{0xf000}, "a SimTech stick", "-K"},
}

// routers are sticks that are a network card and take no commands.
var routers = []stick{
	{0x12d1, []uint16{0x14db, 0x14dc, 0x157d, 0x1f01}, "a Huawei stick in HiLink mode", ""},
	{0x19d2, []uint16{0x1405}, "a ZTE stick in router mode", ""},
}
