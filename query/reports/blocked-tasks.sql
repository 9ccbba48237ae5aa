-- Which tasks cannot go on, and what do they wait for?
-- Those that wait for a task that is not completed, one row for each, and those that are marked
-- blocked without naming any.
-- @param project project: Only of this project: its id, its name, or its directory
-- @plot count by project
SELECT b.project, b.id AS task_id, b.display_title, b.status, k.depends_on, k.dependency_title,
       k.dependency_status
FROM task_board b LEFT JOIN task_blockers k USING (file_id, line_offset)
WHERE (b.status = 'blocked' OR k.task_id IS NOT NULL)
  AND b.project_key IN (SELECT project_key FROM projects
                      WHERE :project IS NULL OR :project IN (id, name, root))
ORDER BY b.project, b.sort_order, b.id, k.depends_on
