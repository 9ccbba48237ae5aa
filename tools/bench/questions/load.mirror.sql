SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM events)
