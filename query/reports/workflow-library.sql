-- What went well before, and when is it worth doing again?
-- @param tag text: Only what has this tag
-- @param about text: Only what says this somewhere, in small letters or capitals
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot count by project
SELECT project, task_id, display_title, use_case, workflow_tags, outcome_note, approach_note,
       reuse_when, watchouts, evaluated
FROM workflow_library
WHERE (:tag IS NULL OR EXISTS (SELECT 1 FROM json_each(workflow_tags) WHERE value = :tag))
  AND (:about IS NULL
       OR EXISTS (SELECT 1 FROM json_each(json_array(display_title, use_case, outcome_note,
                                                     approach_note, reuse_when, watchouts))
                  WHERE instr(lower(value), lower(:about))))
  AND project_key IN (SELECT project_key FROM projects
                      WHERE :project IS NULL OR :project IN (id, name, root))
ORDER BY evaluated DESC, task_id
