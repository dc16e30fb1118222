-- What wrk sends: one vote after another for the poll `bench`, each by a user of its own.
--
--   wrk -s votes.lua http://127.0.0.1:PORT -- NONCE
--
-- A user is the thread's counter, scrambled so that neighbours in time are not neighbours in order (as with real ids,
-- and as redis-benchmark's random keys), then the thread and the nonce of the run, so that no run repeats another's.
-- Every body has the same length, which keeps wrk, on the same cores as the server, cheap.

local threads = {}

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

local head, counter, suffix

function init(args)
  counter = 0
  suffix = string.format("%02x%06x", id, tonumber(args[1]) or 0)
  local length = #body(0)
  head = "POST /api/vote HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nContent-Type: application/json\r\nContent-Length: "
    .. length .. "\r\n\r\n"
end

function body(n)
  -- An odd factor makes this a permutation of 0 … 2^31 - 1; up to 2^21 votes a thread the product is exact.
  local user = string.format("%08x", (n * 1103515245) % 2147483648) .. suffix
  return '{"pollId":"bench","optionId":"a","userId":"' .. user .. '","idempotencyKey":"k' .. user .. '"}'
end

function request()
  counter = counter + 1
  return head .. body(counter)
end

-- One line for the script that called: what was answered, in how long, and what was not a 2xx.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT requests=%d seconds=%.3f p50_us=%d p99_us=%d max_us=%d non2xx=%d broken=%d\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
