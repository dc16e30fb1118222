-- The same vote, as a careful Redis user writes it: claimed and counted in one script.
-- KEYS: this user's claim, the poll's counts, the poll's total. ARGV: the option.
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
return redis.call('INCR', KEYS[3])
