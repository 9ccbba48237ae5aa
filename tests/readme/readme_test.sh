#!/usr/bin/env bash
# Does what README.md says, as a newcomer would: in an empty home and an empty folder, block by block, from the installed
# package. A fenced block "sh" runs in that folder, "sh checkout" in the checkout, "LANGUAGE FILE" becomes that file.
# tools/quickstart and tools/test are left to the tests of their own.
#
# usage: readme_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$(realpath "$1")
build=$(realpath "$2")

work=$(mktemp -d -t tain-readme-XXXXXX)
leave() {
  local status=$?
  jobs -p | xargs -r kill 2>/dev/null || true
  wait
  rm -rf "$work" /tmp/tain-readme.db*
  exit $status
}
trap leave EXIT
export HOME="$work/home" XDG_RUNTIME_DIR="$work/run"
unset XDG_CONFIG_HOME XDG_DATA_HOME TAIN_CONFIG TAIN_DB TAIN_SOCKET CLAUDE_CONFIG_DIR CODEX_HOME
mkdir -p "$HOME/code" "$HOME/work" "$XDG_RUNTIME_DIR" "$HOME/code/empty"
cd "$HOME/code/empty"

# What a newcomer has who used other programs before.
save() { mkdir -p "$(dirname "$1")" && cat > "$1"; }
session=11111111-2222-4333-8444-555555555555
save "$HOME/.claude/projects/-legacy-shop/$session.jsonl" <<EOF
{"type":"assistant","uuid":"u","sessionId":"$session","cwd":"/legacy/shop","timestamp":"2026-02-05T11:01:00Z","requestId":"r","message":{"id":"m","role":"assistant","model":"claude-opus-4-5","content":"Done","usage":{"input_tokens":1000000,"output_tokens":200000}}}
EOF
save "$HOME/.codex/sessions/2026/02/06/rollout-2026-02-06T09-00-00-aaaaaaaa-2222-4333-8444-555555555555.jsonl" <<EOF
{"timestamp":"2026-02-06T09:00:00Z","type":"session_meta","payload":{"id":"aaaaaaaa-2222-4333-8444-555555555555","cwd":"/legacy/bot","cli_version":"0.50.1"}}
EOF
save "$HOME/.maestro/projects/proj_1.json" <<< '{"id":"proj_1","name":"Garden"}'
save "$HOME/legacy/tracker/.beads/issues.jsonl" <<< '{"id":"bd-1","title":"A leak","status":"open"}'
save "$HOME/legacy/flow/agents/sessions/map/state.json" <<< '{"session_id":"map","topic":"Draw the map","current_phase":"build"}'

# Every block as a file of its own: NUMBER, and its fence in NUMBER.fence.
mkdir "$work/blocks"
awk -v dir="$work/blocks" '
  /^```/ && !inside { inside = 1; file = sprintf("%s/%03d", dir, ++count)
                      print substr($0, 4) > (file ".fence"); printf "" > file; next }
  /^```/            { inside = 0; close(file); next }
  inside            { print > file }
' "$source/README.md"

await_daemon() {
  for _ in $(seq 200); do
    if [ -S "$XDG_RUNTIME_DIR/tain/tain.sock" ]; then
      tain sql --fresh "SELECT 1" >/dev/null
      return
    fi
    sleep 0.05
  done
  echo "the daemon did not start" >&2
  return 1
}

commands=0
for fence in "$work"/blocks/*.fence; do
  block=${fence%.fence}
  case $(cat "$fence") in
    sh)
      cat "$block"
      # shellcheck disable=SC1090
      source "$block"
      commands=$((commands + $(wc -l < "$block")))
      ;;
    "sh checkout")
      # The build directory that is tested stands for the one that the README names.
      sed -i -e '/^tools\//d' -e "s#build/release#$build#" "$block"
      cat "$block"
      pushd "$source" >/dev/null
      # shellcheck disable=SC1090
      source "$block"
      popd >/dev/null
      ;;
    *" "*)
      cp "$block" "$(cut -d' ' -f2 "$fence")"
      ;;
  esac
  if grep -q '&$' "$block"; then await_daemon; fi
done

# The newcomer's files were discovered, each program's.
for root in .claude/projects .codex/sessions .maestro legacy/flow legacy/tracker; do
  grep -qF "\"$HOME/$root\"" "$HOME/.config/tain/config.json" || { echo "$root was not discovered" >&2; exit 1; }
done

expect() {
  local found
  found=$(tain sql --fresh --format csv "$1" | tail -n +2)
  [ "$found" = "$2" ] || { printf 'expected %s\nfound    %s\nof       %s\n' "$2" "$found" "$1" >&2; exit 1; }
}
# What the C++ agent and the shell script saved is in the mirror.
expect "SELECT topic FROM sessions ORDER BY topic" $'Dark mode\nRewrite the parser'
expect "SELECT error_message FROM failed_runs" "the tests time out"
expect "SELECT count(*) FROM events" "$(find ~/code -name events.jsonl -exec cat {} + | wc -l)"
expect "SELECT status FROM tasks ORDER BY sort_order" $'completed\npending\npending'
expect "SELECT status, retry_count FROM executions" "queued,1"
expect "SELECT state, summary FROM session_tasks" "succeeded,12 pages are fine"
expect "SELECT use_case FROM workflow_library" "Choosing colours"
expect "SELECT kind, path, detail FROM anomalies" ""
# The reader, built against the installed package, found it too; and what the installation brought along is in its place.
~/reader/build/reader | grep -qx "Website: Dark mode" || { echo "the reader in C++ did not find the session" >&2; exit 1; }
[ -s ~/.local/share/man/man1/tain-sql.1 ] || { echo "the manual was not installed" >&2; exit 1; }
[ "$commands" -ge 50 ] || { echo "only $commands lines of README.md were run" >&2; exit 1; }
