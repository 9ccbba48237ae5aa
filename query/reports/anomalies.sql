-- What is valid, but odd: what dangles, stands twice, or went bad?
-- @param kind text: Only of this kind, such as dangling reference
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot count by kind
SELECT kind, path, line_offset, place, detail
FROM anomalies
WHERE (:kind IS NULL OR kind = :kind)
  AND (:project IS NULL OR project_key IN (SELECT project_key FROM projects
                                           WHERE :project IN (id, name, root)))
ORDER BY kind, path, line_offset, place, detail
