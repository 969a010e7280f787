package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

func encode(kind string, raw []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw})
}

// save writes a key and its certificates to a file that only its owner can read. A
// power cut leaves the old file or the new one. The file belongs to the owner of its
// folder, so that root may write one for the daemon.
func save(path string, c *tls.Certificate) error {
	raw, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	all.Write(encode("PRIVATE KEY", raw))
	for _, one := range c.Certificate {
		all.Write(encode("CERTIFICATE", one))
	}
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".new-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(all.Bytes())
	err = errors.Join(err, f.Sync(), giveToOwnerOf(folder, f.Name()), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(folder)
}

func makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return errors.Join(err, giveToOwnerOf(filepath.Dir(folder), folder))
}

// giveToOwnerOf gives a file to the owner of a folder, where root has made it.
func giveToOwnerOf(folder, path string) error {
	info, err := os.Stat(folder)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(path, int(st.Uid), int(st.Gid))
	}
	return nil
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
