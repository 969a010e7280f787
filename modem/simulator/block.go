package simulator

// treatment is what an operator does to a SIM that it does not like.
type treatment struct {
	refusal CMSError // of every submission; 0: none
	mute    bool     // takes submissions and drops them
}

// Block makes the network refuse every submission of the SIM with this IMSI
// with +CMS ERROR: cms, as an operator does with a SIM that sends too much.
func (n *Network) Block(imsi string, cms int) {
	n.treat(imsi, treatment{refusal: CMSError(cms)})
}

// Mute makes the network take every submission of the SIM with this IMSI as if
// all were well, and neither deliver nor report it.
func (n *Network) Mute(imsi string) { n.treat(imsi, treatment{mute: true}) }

// Unblock takes Block and Mute back. What was dropped stays so.
func (n *Network) Unblock(imsi string) { n.treat(imsi, treatment{}) }

func (n *Network) treat(imsi string, t treatment) {
	n.mu.Lock()
	defer n.unlock()
	n.treatments[imsi] = t
}
