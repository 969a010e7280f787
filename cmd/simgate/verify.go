package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"simgate/api/client"
	v1 "simgate/api/v1"
)

func newVerifyCommand(app *app) *cobra.Command {
	cmd := &cobra.Command{Use: "verify", Short: "send a code to a number, check it, and show what became of it"}
	cmd.AddCommand(newVerifyStartCommand(app), newVerifyCheckCommand(app), newVerifyListCommand(app), newVerifyShowCommand(app))
	return cmd
}

func newVerifyStartCommand(app *app) *cobra.Command {
	var brand string
	cmd := &cobra.Command{
		Use:   "start NUMBER",
		Short: "send a code",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := call(app, func(c *client.Client) (v1.Verification, error) {
				return c.StartVerification(cmd.Context(), args[0], brand)
			})
			if err != nil || app.json {
				return app.printJSON(v, err)
			}
			_, err = fmt.Fprintf(app.stdout, "a code is being sent to %s, valid until %s; check it with: simgate verify check %s CODE\n",
				v.To, v.Expires.Local().Format(time.TimeOnly), v.To)
			return err
		},
	}
	cmd.Flags().StringVar(&brand, "brand", "", "sender named in the text")
	return cmd
}

var errNotVerified = errors.New("the code is wrong, used or expired")

func newVerifyCheckCommand(app *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check NUMBER CODE",
		Short: "check a code; the exit status is 1 if it is wrong",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			checked, err := call(app, func(c *client.Client) (v1.Checked, error) {
				return c.CheckVerification(cmd.Context(), args[0], args[1])
			})
			if err == nil && app.json {
				err = app.printJSON(checked, nil)
			}
			if err == nil && !checked.Verified {
				return errNotVerified
			}
			if err != nil || app.json {
				return err
			}
			_, err = fmt.Fprintln(app.stdout, "verified")
			return err
		},
	}
}
