package simulator

// treatment is what the network does with the submissions of a SIM.
type treatment struct {
	refusal CMSError // of every submission; 0 for none
	mute    bool     // accept them and drop them
}

// Block makes the network refuse every submission of the SIM with this IMSI with
// +CMS ERROR: cms, as operators do with a SIM that sends too much.
func (n *Network) Block(imsi string, cms int) {
	n.treat(imsi, treatment{refusal: CMSError(cms)})
}

// Mute makes the network accept every submission of the SIM with this IMSI, and neither
// deliver nor report it.
func (n *Network) Mute(imsi string) { n.treat(imsi, treatment{mute: true}) }

// Unblock ends Block and Mute. What was dropped is not delivered.
func (n *Network) Unblock(imsi string) { n.treat(imsi, treatment{}) }

func (n *Network) treat(imsi string, t treatment) {
	n.mu.Lock()
	defer n.unlock()
	n.treatments[imsi] = t
}
