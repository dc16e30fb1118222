-- What wrk sends: one event after another, each under a key of its own.
--
--   wrk -s events.lua http://127.0.0.1:PORT -- NONCE TOKEN [DELAY_MS]
--
-- A key is the thread's counter, scrambled so that neighbours in time are not neighbours in order, then the thread and
-- the nonce of the run, so that no run repeats another's. With a delay, every connection waits so long before each
-- event: connections / delay is then the rate, and latencies are from the sending on.

local threads = {}

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

local head, counter, suffix

function init(args)
  counter = 0
  suffix = string.format("%02x%06x", id, tonumber(args[1]) or 0)
  wait = tonumber(args[3])
  if wait then
    delay = function() return wait end
  end
  head = "POST /api/events HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nAuthorization: Bearer " .. args[2]
    .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body(0) .. "\r\n\r\n"
end

function body(n)
  local key = string.format("%08x", (n * 1103515245) % 2147483648) .. suffix
  return '{"type":"LEAD_CAPTURE","source":"landing-page","idempotencyKey":"' .. key
    .. '","payload":{"email":"' .. key .. '@example.com","name":"Ada Lovelace","campaign":"launch","consent":true}}'
end

function request()
  counter = counter + 1
  return head .. body(counter)
end

-- One line for the script that called: what was answered, in how long, and what was not a 2xx.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT requests=%d seconds=%.3f p50_us=%d p95_us=%d p99_us=%d max_us=%d non2xx=%d broken=%d\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    latency.max, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
