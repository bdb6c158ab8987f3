-- One order per request, for one of the products, under a key of its own.
-- Environment: TOKEN (may be empty), PRODUCTS (identifiers, separated by commas), RUN (a prefix for keys).
local token = os.getenv("TOKEN") or ""
local run = os.getenv("RUN")
local products = {}
for id in string.gmatch(os.getenv("PRODUCTS"), "[^,]+") do
  products[#products + 1] = id
end
local count = 0

request = function()
  count = count + 1
  local product = products[(count % #products) + 1]
  local headers = {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("%s-%012d", run, count),
    ["Authorization"] = "Bearer " .. token,
  }
  local body = string.format('{"lines":[{"product_id":"%s","quantity":1}]}', product)
  return wrk.format("POST", "/v1/orders", headers, body)
end
