-- wrk sends what `footfall bench load` sends: the same requests in the same shares, each connection
-- one after the other. Arguments: NAME=COUNT for each action, as load tells them, and
-- category=NAME for each category of the shop. Requests are made once, before the first is sent.
local run, at = "1", "2026-01-05T10:17:05Z"
local headers = {
  ["Authorization"] = "Bearer dev:217",
  ["X-Footfall-Run"] = run,
  ["X-Footfall-Sim-Time"] = at,
  ["X-Request-Id"] = "ff-5d2c91f0-123456",
  ["User-Agent"] = "footfall",
}
local session = "100000000001017"

local function with(extra)
  local all = {}
  for name, value in pairs(headers) do all[name] = value end
  for name, value in pairs(extra) do all[name] = value end
  return all
end

local json = with({ ["Content-Type"] = "application/json" })
local once = with({ ["Content-Type"] = "application/json", ["Idempotency-Key"] = "footfall:1:217:10" })
local categories = {}
local next_category = 0

local function page()
  next_category = next_category % #categories + 1
  return wrk.format("GET", "/api/products?category=" .. categories[next_category] .. "&limit=200", headers)
end

local make = {
  list_products = page,
  browse = page,
  add_to_cart = function()
    return wrk.format("POST", "/api/cart/add", json, '{"session_id":"' .. session
      .. '","step":1,"lines":[{"product_id":"117","quantity":1},{"product_id":"132","quantity":2}]}')
  end,
  view_coupons = function() return wrk.format("GET", "/api/wallet", headers) end,
  apply_coupons = function()
    return wrk.format("PUT", "/api/cart/coupons", json,
      '{"session_id":"' .. session .. '","step":4,"coupons":["7","19"]}')
  end,
  checkout = function()
    return wrk.format("POST", "/api/orders/checkout", once, '{"session_id":"' .. session .. '"}')
  end,
  abandon = function() return wrk.format("DELETE", "/api/cart?session_id=" .. session, headers) end,
}

local requests = {}
local at_request = 0

-- Each action comes as often as it did in the load, evenly spread.
function init(args)
  local actions, total = {}, 0
  for _, argument in ipairs(args) do
    local name, value = argument:match("^([a-z_]+)=(.*)$")
    if name == "category" then
      categories[#categories + 1] = value:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end)
    elseif make[name] and tonumber(value) > 0 then
      actions[#actions + 1] = { name = name, count = tonumber(value), owed = 0 }
      total = total + tonumber(value)
    elseif not make[name] and tonumber(value) > 0 then
      error("load.lua has no request for " .. name)
    end
  end
  for _ = 1, 5000 do
    local most = actions[1]
    for _, action in ipairs(actions) do
      action.owed = action.owed + action.count / total
      if action.owed > most.owed then most = action end
    end
    most.owed = most.owed - 1
    requests[#requests + 1] = make[most.name]()
  end
end

function request()
  at_request = at_request % #requests + 1
  return requests[at_request]
end
