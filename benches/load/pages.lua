-- What wrk has to say of a turn, as one line that a script reads.

function done(summary, latency, _)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("RESULT requests=%d rate=%d p99_us=%d errors=%d\n", summary.requests,
        summary.requests / (summary.duration / 1e6), latency:percentile(99), failed))
end
