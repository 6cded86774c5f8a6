-- For wrk: walks through a file of paths, and prints what came of it as one line of JSON.
-- https://github.com/wg/wrk/blob/master/SCRIPTING

local paths = {}
local at = 0

function init(args)
  for path in io.lines(args[1]) do
    paths[#paths + 1] = wrk.format(nil, path)
  end
end

function request()
  at = at % #paths + 1
  return paths[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"p999":%.3f,"bytes":%d,"errors":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
    summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout
  ))
end
