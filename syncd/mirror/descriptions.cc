#include "descriptions.h"

#include <algorithm>
#include <array>

namespace tain::mirror {
namespace {

constexpr auto kRelationTexts = std::to_array<RelationText>({
    {"projects", "The projects: every directory with files of ours, described by its project.json"},
    {"sessions", "The sessions, a row for each state.json"},
    {"session_phases", "When a session entered and left each of its phases"},
    {"session_checkpoints", "The checkpoints of its build that a session has completed"},
    {"session_commits", "The commits that a session made", "commits[]"},
    {"session_decisions", "The decisions that a session took, and why", "key_decisions[]"},
    {"session_goals", "What a session is to achieve, on three levels"},
    {"session_questions", "What a session left open"},
    {"session_artifacts", "The files that a session produced"},
    {"session_task_ids", "Which task a session works on, as the sessions say", "task_ids[]"},
    {"agent_runs", "The agents' runs inside sessions, with what they cost"},
    {"events", "What happened, a row for each line of an events.jsonl"},
    {"tasks", "The tasks: goals of a user, and their parts"},
    {"task_sessions", "Which session works on which task, as the tasks say", "session_ids[]"},
    {"task_dependencies", "Which task waits for which", "dependencies[]"},
    {"agents", "The registry of agents: programs that can work on tasks"},
    {"agent_capabilities", "What each agent can be asked to do", "capabilities[]"},
    {"executions", "The runs of an agent's capability on a task, queued, running and past"},
    {"session_tasks", "The background work of sessions"},
    {"session_task_messages", "What sessions and their background work wrote to each other"},
    {"runtime_bindings", "Which task and session a runtime's own session is"},
    {"bookmarks", "Tasks and events that a user wants to find again"},
    {"evaluations", "What came of a task, for the next one like it"},
    {"workers", "The processes that claim executions, and when they were last seen"},
    {"config", "The settings of a project, a row for each key"},

    {"usage", "Tokens and cost, each run and each message exactly once, whatever repeats it"},
    {"session_costs", "Tokens and cost of each session: sums of usage"},
    {"project_costs", "Tokens and cost of each project: sums of usage"},
    {"sessions_by_phase", "The sessions of all projects, phase by phase"},
    {"failed_runs", "The runs of agents that failed, with session, phase and project"},
    {"active_sessions", "The sessions that are neither completed, failed nor cancelled"},
    {"task_tree", "The tasks with their depth and their path from the root"},
    {"task_board", "The tasks by status, in the order in which people put them"},
    {"task_blockers", "What each task still waits for: dependencies that are not completed"},
    {"stale_executions", "Executions whose worker has fallen silent"},
    {"timeline", "All events of a project in one order, with readable times"},
    {"workflow_library", "What went well: the good evaluations, with their tasks"},
    {"freshness", "How far each root can be trusted to be up to date, with readable times"},
    {"change_feed", "What changed since a given seq: files stored, and files gone"},
    {"anomalies", "What is valid but odd: dangling references, duplicates, files that went bad"},

    {"projects_search", "Full-text search in projects"},
    {"tasks_search", "Full-text search in tasks: WHERE tasks_search MATCH 'word', ORDER BY rank"},
    {"sessions_search", "Full-text search in sessions"},
    {"session_decisions_search", "Full-text search in session_decisions"},
    {"agent_runs_search", "Full-text search in agent_runs"},
    {"events_search", "Full-text search in events"},
    {"evaluations_search", "Full-text search in evaluations"},
    {"bookmarks_search", "Full-text search in bookmarks"},

    {"unindexed", "Rows that the search tables do not know yet; empty after every transaction"},
    {"meta", "What the mirror knows of itself, such as the last seq"},
    {"roots", "The directories that are watched"},
    {"daemon", "The process that writes the mirror, or wrote it last"},
    {"files", "Every file that is mirrored, and how far"},
    {"tombstones", "Files that are gone, so that change_feed can tell"},
    {"sync_errors", "Why a file, or a line of one, could not be read"},
    {"file_anomalies", "What is valid but odd in a file; anomalies shows it with the rest"},
    {"documents", "The JSON of each file as it was read, with the fields that no column has"},
});

constexpr auto kColumns = std::to_array<ColumnText>({
    {"", "file_id", "the file that the row comes from, and goes with"},
    {"", "project_key", "the project, in projects"},
    {"", "position", "its place in the list, from 0"},
    {"", "project", "the project's name"},

    {"projects", "project_key", "what the rows of all other tables call it"},
    {"projects", "root", "its directory"},
    {"projects", "file_id", "its project.json; NULL where it has none"},
    {"session_phases", "phase", "spec, plan, build or docs", "phase_history"},
    {"session_phases", "started_at", "when it was entered", "phase_history.<phase>_started_at"},
    {"session_phases", "completed_at", "when it was left", "phase_history.<phase>_completed_at"},
    {"session_checkpoints", "checkpoint", "its number, from 1",
     "build_progress.checkpoints_completed[]"},
    {"session_goals", "level", "high_level, mid_level or detailed", "goals"},
    {"session_goals", "goal", "", "goals.<level>[]"},
    {"session_questions", "question", "text, or JSON where people wrote more", "open_questions[]"},
    {"session_artifacts", "name", "", "artifacts"},
    {"session_artifacts", "path", "", "artifacts.<name>"},
    {"events", "line_offset", "where in the file the line begins, in bytes"},
    {"events", "line_length", "in bytes, without the newline"},
    {"events", "extra", "the fields that no column has"},
    {"events", "left_in_file", "the columns whose values are too long to be here"},

    {"session_task_ids", "session_id", "whose list it is"},
    {"session_task_ids", "task_id", "", "task_ids[]"},
    {"tasks", "display_title", "what a list shows for it: made of title and prompt, in no file"},
    {"task_sessions", "task_id", "whose list it is"},
    {"task_sessions", "session_id", "", "session_ids[]"},
    {"task_dependencies", "task_id", "the task that waits"},
    {"task_dependencies", "depends_on", "the task that it waits for", "dependencies[]"},
    {"agent_capabilities", "agent_id", "the agent's id"},
    {"session_task_messages", "line_offset", "where in the file the line begins, in bytes"},
    {"session_task_messages", "line_length", "in bytes, without the newline"},
    {"session_task_messages", "session_id", "the session in whose directory it lies"},
    {"session_task_messages", "extra", "the fields that no column has"},
    {"session_task_messages", "left_in_file", "the columns whose values are too long to be here"},
    {"config", "key", "the setting's name"},

    {"usage", "at", "of a run when it began, of an event when it happened; UTC ms"},
    {"usage", "model", "an event's own, else that of its run"},
    {"usage", "agent_run_id", "the run, or the one that the event names"},
    {"timeline", "time", "YYYY-MM-DD HH:MM:SS.mmm, UTC"},
    {"timeline", "text", "its title, else its message, else its body"},
    {"task_tree", "root_id", "the task at the top; of a cycle of parents its smallest id"},
    {"task_tree", "depth", "0 for the task at the top"},
    {"task_tree", "path", "the titles from the top, with a slash between them"},
    {"task_board", "assignee", "the agent's name"},
    {"task_board", "children", "how many tasks are a part of it"},
    {"task_board", "unfinished_dependencies", "how many that it waits for are not completed"},
    {"task_board", "due", "YYYY-MM-DD HH:MM:SS, UTC"},
    {"task_board", "updated", "YYYY-MM-DD HH:MM:SS, UTC"},
    {"task_blockers", "dependency_title", "what a list shows for the dependency"},
    {"task_blockers", "dependency_status", "missing: there is no such task in the project"},
    {"stale_executions", "last_sign", "its heartbeat, else its start; YYYY-MM-DD HH:MM:SS, UTC"},
    {"stale_executions", "silent_seconds", "since then, by the clock of whoever asks"},
    {"workflow_library", "evaluated", "YYYY-MM-DD HH:MM:SS, UTC"},
    {"sessions_by_phase", "updated", "YYYY-MM-DD HH:MM:SS, UTC"},
    {"active_sessions", "last_activity", "YYYY-MM-DD HH:MM:SS, UTC"},
    {"failed_runs", "run_id", "the agent run's id"},
    {"failed_runs", "failed", "when; YYYY-MM-DD HH:MM:SS, UTC"},
    {"change_feed", "seq", "grows with every change; the place to ask from the next time"},
    {"change_feed", "change", "upsert or delete"},
    {"change_feed", "file_id", "NULL for what is gone"},
    {"change_feed", "project_key", "NULL for what is gone"},
    {"anomalies", "kind", "what is odd about it"},
    {"anomalies", "line_offset", "for a log: where the line begins, in bytes"},
    {"anomalies", "place", "where in the file, as a JSON pointer"},
    {"anomalies", "file_id", "NULL where the trouble is not a file's"},
    {"anomalies", "project_key", "NULL where the trouble is not a project's"},

    {"roots", "path", "text, or a BLOB where it is not UTF-8"},
    {"roots", "device", "the file system that it was on, to notice when it is not mounted"},
    {"roots", "state", "available or unavailable"},
    {"roots", "reason", "why it is unavailable"},
    {"roots", "last_full_scan_at", "UTC ms"},
    {"roots", "files_on_disk", "how many files that scan found"},
    {"roots", "watch_mode",
     "inotify; partial or polling: events do not cover it, so it is scanned often; starting: not "
     "scanned yet"},
    {"roots", "directories", "how many have to be watched"},
    {"roots", "watches", "how many are"},
    {"roots", "last_event_at", "when the system last told of a change, UTC ms, to a minute"},
    {"unindexed", "row", "its rowid, which is also that of its row in the search table"},
    {"daemon", "id", "1"},
    {"daemon", "pid", "of the process"},
    {"daemon", "started_at", "UTC ms"},
    {"daemon", "stopped_at", "when it left as it should, UTC ms; NULL: it runs, or was killed"},
    {"daemon", "alive_at", "renewed with each batch and every minute, UTC ms"},
    {"daemon", "last_batch_at", "when it last committed changes, UTC ms"},
    {"daemon", "batches", "how many it has committed"},
    {"daemon", "pending", "changes that waited then"},
    {"daemon", "overflows", "how often the system dropped events, which made it scan everything"},
    {"daemon", "last_error", "of the mirror or the watch, also one that is over"},
    {"daemon", "last_error_at", "UTC ms"},
    {"freshness", "files_stale", "files that are bad now, of which the last good rows are kept"},
    {"freshness", "daemon", "running; stopped; silent: it gave no sign for two minutes"},
    {"files", "path", "text, or a BLOB where it is not UTF-8"},
    {"files", "root_id", "the root that it is below, in roots"},
    {"files", "layout", "whose files these are"},
    {"files", "kind", "what a file of that layout holds"},
    {"files", "state",
     "current; stale: bad now, the last good rows are kept; bad: it never was good; partial: "
     "a long file that is still being read"},
    {"files", "size", "in bytes"},
    {"files", "mtime_ns", "when it was written, in Unix ns"},
    {"files", "ctime_ns", "when it or its attributes changed, in Unix ns"},
    {"files", "racy", "1: it changed so close to its reading that it is read again"},
    {"files", "hash", "of what was read"},
    {"files", "consumed", "up to which byte it is mirrored"},
    {"files", "mirrored_at", "UTC ms"},
    {"files", "seq", "when it last changed, in the order of all changes"},
    {"tombstones", "path", "text, or a BLOB where it is not UTF-8"},
    {"tombstones", "layout", "whose files these are"},
    {"tombstones", "kind", "what a file of that layout holds"},
    {"tombstones", "deleted_at", "when it was found gone, UTC ms"},
    {"tombstones", "seq", "when it was found gone, in the order of all changes"},
    {"sync_errors", "path", "text, or a BLOB where it is not UTF-8"},
    {"sync_errors", "byte_offset", "where it became clear; NULL: the file as a whole"},
    {"sync_errors", "first_seen_at", "UTC ms"},
    {"sync_errors", "last_seen_at", "UTC ms"},
    {"file_anomalies", "line_offset", "for a log: where the line begins, in bytes"},
    {"file_anomalies", "position", "its place among those of the file or line, from 0"},
    {"file_anomalies", "kind", "what is odd about it"},
    {"file_anomalies", "place", "where in the file, as a JSON pointer"},
    {"documents", "body", "JSON"},
});

}  // namespace

std::span<const RelationText> relation_texts() {
  return kRelationTexts;
}

const RelationText* text_of(std::string_view relation) {
  const auto* found = std::find_if(kRelationTexts.begin(), kRelationTexts.end(),
                                   [&](const RelationText& text) { return text.name == relation; });
  return found == kRelationTexts.end() ? nullptr : found;
}

std::span<const ColumnText> column_texts() {
  return kColumns;
}

const ColumnText* text_of(std::string_view relation, std::string_view column) {
  const ColumnText* anywhere = nullptr;
  for (const ColumnText& text : kColumns) {
    if (text.column != column) continue;
    if (text.relation == relation) return &text;
    if (text.relation.empty()) anywhere = &text;
  }
  return anywhere;
}

}  // namespace tain::mirror
