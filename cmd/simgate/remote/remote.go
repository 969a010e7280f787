// Package remote holds the commands that the daemon answers: each is a call of its API,
// and shows what comes back.
package remote

import (
	"github.com/spf13/cobra"

	"simgate/cmd/simgate/cli"
)

// Commands returns all commands of the package.
func Commands(a *cli.App) []*cobra.Command {
	return []*cobra.Command{
		newSendCommand(a),
		newVerifyCommand(a),
		newMessagesCommand(a),
		newInboxCommand(a),
		newChatCommand(a),
		newWatchCommand(a),
		newModemsCommand(a),
		newLinesCommand(a),
		newEventsCommand(a),
		newTopCommand(a),
		newNotifyCommand(a),
		newBackupCommand(a),
		newQueueCommand(a),
		newReloadCommand(a),
		newExportCommand(a),
		newForgetCommand(a),
		newUSSDCommand(a),
		newCallCommand(a),
		newCallsCommand(a),
		newGuardCommand(a),
		newOptOutCommand(a),
		newWebhooksCommand(a),
		newForwardCommand(a),
		newKeysCommand(a),
		newUsersCommand(a),
	}
}
