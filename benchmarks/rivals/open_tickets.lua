-- One ticket per request, under a key of its own.
-- Environment: TOKEN, RUN (a prefix for keys and codes).
local token = os.getenv("TOKEN")
local run = os.getenv("RUN")
local count = 0

request = function()
  count = count + 1
  local key = string.format("%s-%012d", run, count)
  local headers = {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = key,
    ["Authorization"] = "Bearer " .. token,
  }
  local body = string.format(
    '{"code":"%s","title":"A ticket","description":"","severity":"low","cents":1}', key
  )
  return wrk.format("POST", "/v1/desk/tickets", headers, body)
end
