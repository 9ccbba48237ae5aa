SELECT count(*) FROM message_usage
