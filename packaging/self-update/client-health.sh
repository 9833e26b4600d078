#!/bin/sh
# health_check of the config file that the client updates itself by; docs/installing.md, section 7. A client is healthy when
# it starts, and when it can ask the server: one that cannot would be the last one this board ever gets. Runs in the folder of
# the config file; $1 is the new client's folder.
set -eu

# EDIT: the config file of the application, whose server has to be asked.
config=config.ini

"$1/bin/ota-client" --version
status=0
said=$("$1/bin/ota-client" check --json --config "$config") || status=$?

# A release that is refused, expired or left alone says nothing of the client: the server has been asked all the same.
case $status:$said in
    0:* | 10:* | *'"result": "refused"'*) ;;
    *) exit 1 ;;
esac
