package inbox

import (
	"encoding/hex"

	"simgate/gateway/store"
)

// The kinds of stored pieces.
const (
	pieceRaw   = "pdu" // of an earlier release
	pieceText  = "text"
	pieceUTF16 = "utf16" // in hexadecimal
	pieceData  = "data"  // in hexadecimal
)

func insertPiece(tx *store.Tx, id int64, p Part) error {
	kind, body := pieceText, p.Text
	switch piece := p.piece(); {
	case piece.data != nil:
		kind, body = pieceData, hex.EncodeToString(piece.data)
	case piece.utf16 != nil:
		kind, body = pieceUTF16, hex.EncodeToString(piece.utf16)
	}
	_, err := tx.Exec(`INSERT INTO incoming_part (incoming_id, seq, pdu, kind, body) VALUES (?, ?, ?, ?, ?)`, id, p.Seq, p.Raw, kind, body)
	return err
}

// emptyParts removes what the parts of a message have added to it, which has it now.
func emptyParts(tx *store.Tx, id int64) error {
	_, err := tx.Exec(`UPDATE incoming_part SET kind = 'text', body = '' WHERE incoming_id = ?`, id)
	return err
}

// forgetRaw removes the PDUs of the parts of a message.
func forgetRaw(tx *store.Tx, id int64) error {
	_, err := tx.Exec(`UPDATE incoming_part SET pdu = '' WHERE incoming_id = ? AND kind <> 'pdu'`, id)
	return err
}

// storedPiece is a piece with its place, or, of an earlier release, as it came: raw.
type storedPiece struct {
	seq int
	raw string
	piece
}

func selectPieces(tx *store.Tx, id int64) ([]storedPiece, error) {
	return store.All(tx, func(row store.Scanner) (p storedPiece, err error) {
		var pdu, kind, body string
		if err := row.Scan(&p.seq, &pdu, &kind, &body); err != nil {
			return p, err
		}
		switch kind {
		case pieceRaw:
			p.raw = pdu
		case pieceText:
			p.text = body
		case pieceUTF16:
			p.utf16, err = hex.DecodeString(body)
		case pieceData:
			p.data, err = hex.DecodeString(body)
		}
		return p, err
	}, `SELECT seq, pdu, kind, body FROM incoming_part WHERE incoming_id = ?`, id)
}
