-- Which files changed since a place in the change feed?
-- Ask the next time from the last seq that was shown.
-- @param since integer 0: The seq behind which to begin
-- @plot count by kind
SELECT seq, change, kind, layout, state, path
FROM change_feed
WHERE seq > :since
ORDER BY seq
