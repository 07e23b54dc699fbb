// Drives a running server from its own OpenAPI file with an independent client, and checks each
// answer against the schema that the file gives for its status. Usage:
//   node exercise.mjs http://127.0.0.1:PORT ADMIN_TOKEN ISSUER JWT_SECRET
// Exit code 0 if every operation was called and every answer was as described.
import { createHmac } from 'node:crypto';

import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import SwaggerClient from 'swagger-client';

const [base, adminToken, issuer, jwtSecret] = process.argv.slice(2);
const spec = await (await fetch(`${base}/openapi.json`)).json();
spec.servers = [{ url: base }];

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(spec, 'api');
const pointer = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1');
const operations = new Map();
for (const [path, methods] of Object.entries(spec.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    operations.set(operation.operationId, { path, method, operation });
  }
}

const problems = [];
const called = new Map(); // operationId -> statuses seen
const client = await SwaggerClient({ spec });

// Calls an operation as `token`'s bearer and checks that it answers `expected`.
async function call(operationId, expected, options = {}) {
  const { token, parameters = {}, body, headers = {}, without = [] } = options;
  const { path, method, operation } = operations.get(operationId);
  let response;
  try {
    response = await client.execute({
      operationId,
      parameters,
      requestBody: body,
      requestContentType: body === undefined ? undefined : 'application/json',
      requestInterceptor: (request) => {
        if (token) request.headers.Authorization = `Bearer ${token}`;
        Object.assign(request.headers, headers);
        for (const name of without) delete request.headers[name];
        return request;
      },
    });
  } catch (error) {
    if (!error.response) throw new Error(`${operationId}: ${error.message}`);
    response = error.response;
  }
  const status = response.status;
  called.set(operationId, [...(called.get(operationId) ?? []), status]);
  const name = `${operationId} ${status}`;
  if (status !== expected) problems.push(`${name}, expected ${expected}: ${response.text}`);
  const described = operation.responses[status];
  if (!described) {
    problems.push(`${name}: not described in the OpenAPI file`);
    return response.body;
  }
  const type = (response.headers['content-type'] ?? '').split(';')[0];
  if (described.content) {
    if (!described.content[type]) {
      problems.push(`${name}: answers ${type}, described is ${Object.keys(described.content)}`);
    } else {
      const where = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
      const validate = ajv.getSchema(`api#/${where.map(pointer).join('/')}`);
      const value = type.endsWith('json') ? JSON.parse(response.text) : response.text;
      if (!validate(value)) {
        problems.push(`${name}: ${ajv.errorsText(validate.errors)} in ${response.text.slice(0, 400)}`);
      }
      if (type === 'application/problem+json' && !described.description.includes(value.code)) {
        problems.push(`${name}: code ${value.code} is not described`);
      }
    }
  } else if (response.text && status !== 304) {
    problems.push(`${name}: a body where none is described`);
  }
  return response.body;
}

function expect(what, value, wanted) {
  if (value !== wanted) problems.push(`${what} is ${value}, expected ${wanted}`);
}

// As Supabase's legacy keys sign them.
function personToken(subject) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer, aud: 'authenticated', role: 'authenticated', sub: subject,
    email: 'person@example.com', iat: now - 10, exp: now + 3600, is_anonymous: false,
  };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', jwtSecret).update(text).digest('base64url')}`;
}

// A coupon for any basket (every wallet has some), and enough of the product for it.
function basketCoupon(wallet, price) {
  const coupon = wallet.find((one) => one.kind === 'frontstore' && !one.min_quantity);
  if (!coupon) throw new Error('no coupon for any basket in the wallet');
  return { id: coupon.id, quantity: Math.max(1, Math.ceil((coupon.min_spend_minor ?? 0) / price)) };
}

let keys = 0;
const key = () => ({ 'Idempotency-Key': `key-${++keys}` });
const admin = { token: adminToken };
const agent = { token: 'dev:1' };

// Service and catalogue, for everybody.
await call('showHealth', 200);
await call('showReadiness', 200);
await call('showOpenapi', 200);
await call('showDocs', 200);
await call('listStores', 200);
await call('showWallet', 401);
await call('showSimulation', 401);
await call('showWallet', 401, { token: 'dev:999999' });
await call('showWallet', 409, agent); // no run yet

// A run.
await call('startSimulation', 403, agent);
await call('startSimulation', 400, { ...admin, body: { weeks: 0 } });
await call('startSimulation', 400, { ...admin, body: { wheels: 4 } });
await call('startSimulation', 200, { ...admin, body: { dry_run: true, seed: 7 } });
const run = await call('startSimulation', 201, { ...admin, body: { seed: 7, weeks: 8, stagger: false } });
await call('showSimulation', 200, admin);
await call('showSimulation', 404, { ...admin, parameters: { 'X-Footfall-Run': '9999' } });
const agents = (await call('listAgents', 200, { ...admin, parameters: { limit: 5 } })).agents;
await call('listAgents', 400, { ...admin, parameters: { cursor: 'nonsense' } });

// The shelves.
const { categories } = await call('listCategories', 200, agent);
const shelf = await call('listProducts', 200, { ...agent, parameters: { category: categories[0].name, limit: 5 } });
await call('listProducts', 200, { parameters: { search: 'a', limit: 200 } });
await call('listProducts', 400, { parameters: { limit: 0 } });
await call('listProducts', 400, { parameters: { category: 'No such category' } });
const next = await call('listProducts', 200, { parameters: { limit: 3 } });
await call('listProducts', 200, { parameters: { limit: 3, cursor: next.next_cursor } });
const product = shelf.products[0];
await call('showProduct', 200, { parameters: { product_id: product.id } });
await call('showProduct', 404, { parameters: { product_id: '999999' } });
await call('showProduct', 304, {
  parameters: { product_id: product.id },
  headers: { 'If-None-Match': '*' },
});

// A purchase.
await call('showCart', 200, agent);
await call('addToCart', 400, { ...agent, body: { lines: [] } });
await call('addToCart', 404, { ...agent, body: { lines: [{ product_id: '999999', quantity: 1 }] } });
await call('checkOut', 409, { ...agent, parameters: key() }); // cart_not_open
const two = shelf.products.slice(0, 2);
await call('addToCart', 200, {
  ...agent,
  body: { lines: two.map((one) => ({ product_id: one.id, quantity: 2 })), step: 1 },
});
await call('addToCart', 422, { ...agent, body: { lines: [{ product_id: product.id, quantity: 999 }] } });
await call('changeCart', 200, { ...agent, body: { lines: [{ product_id: product.id, quantity: 3 }] } });
await call('changeCart', 412, {
  ...agent,
  parameters: { 'If-Match': '"1-999"' },
  body: { lines: [{ product_id: product.id, quantity: 3 }] },
});
await call('removeFromCart', 200, { ...agent, parameters: { product_id: two[1].id } });
const wallet = (await call('showWallet', 200, agent)).coupons;
await call('applyCoupons', 200, { ...agent, body: { coupons: wallet.slice(0, 3).map((one) => one.id) } });
await call('setCoupons', 200, { ...agent, body: { coupons: wallet.map((one) => one.id) } });
const coupon = basketCoupon(wallet, product.price_minor);
const lines = [{ product_id: product.id, quantity: coupon.quantity }];
await call('changeCart', 200, { ...agent, body: { lines } });
const cheaper = await call('setCoupons', 200, { ...agent, body: { coupons: [coupon.id] } });
expect('the coupon of the cart', cheaper.coupons[0]?.user_coupon_id, coupon.id);
expect('its refusal', cheaper.coupons[0]?.refusal, null);
expect('that it takes something off', cheaper.discount_minor > 0, true);
const removed = { ...agent, parameters: { user_coupon_id: coupon.id } };
await call('removeCoupon', 200, removed);
await call('removeCoupon', 404, removed);
await call('setCoupons', 200, { ...agent, body: { coupons: [coupon.id] } });
await call('removeCoupon', 404, { ...agent, parameters: { user_coupon_id: '1' } });
await call('checkOut', 400, { ...agent, parameters: key(), without: ['Idempotency-Key'] });
const order = await call('checkOut', 201, { ...agent, parameters: { 'Idempotency-Key': 'one' }, body: {} });
expect('the coupon of the order', order.coupons[0]?.user_coupon_id, coupon.id);
expect("the order's discount", order.discount_minor, cheaper.discount_minor);
await call('checkOut', 201, { ...agent, parameters: { 'Idempotency-Key': 'one' }, body: {} });
await call('checkOut', 422, {
  ...agent,
  parameters: { 'Idempotency-Key': 'one' },
  body: { coupon_policy: 'partial' },
});
await call('addToCart', 200, { ...agent, body: { lines: [{ product_id: product.id, quantity: 1 }] } });
await call('checkOut', 409, { ...agent, parameters: key() }); // hour_taken
await call('abandonCart', 200, agent);
await call('abandonCart', 409, agent);
await call('listOrders', 200, agent);
const bought = await call('showOrder', 200, { ...agent, parameters: { order_id: order.order_id } });
await call('showOrder', 404, { token: 'dev:2', parameters: { order_id: order.order_id } });
await call('refundOrder', 422, {
  ...agent,
  parameters: { order_id: order.order_id, ...key() },
  body: { lines: [{ line_no: 99, quantity: 1 }] },
});
await call('refundOrder', 200, {
  ...agent,
  parameters: { order_id: order.order_id, ...key() },
  body: { lines: [{ line_no: bought.lines[0].line_no, quantity: 1 }] },
});
await call('cancelOrder', 409, { ...agent, parameters: { order_id: order.order_id, ...key() }, body: {} });
await call('cancelOrder', 404, { ...agent, parameters: { order_id: '999999', ...key() }, body: {} });

// Offers and time.
await call('assignOffers', 200, agent);
await call('assignOffers', 200, { ...admin, body: { user_id: agents[1].user_id, dry_run: true } });
await call('assignOffers', 200, { ...admin, body: { all_due: true } });
await call('assignOffers', 403, { ...agent, body: { user_id: agents[1].user_id } });
await call('refreshWallet', 200, { ...admin, parameters: { user_id: agents[2].user_id } });
await call('refreshWallet', 404, { ...admin, parameters: { user_id: '999999' } });
const cycles = (await call('listCycles', 200, admin)).cycles;
await call('showCycle', 200, { ...agent, parameters: { cycle_id: cycles[0].id } });
await call('showCycle', 404, { ...agent, parameters: { cycle_id: '1' } });
await call('beginCycle', 403, agent);
await call('beginCycle', 409, { ...admin, body: { number: 0 } });
await call('beginCycle', 200, { ...admin, body: { dry_run: true } });
await call('beginCycle', 201, admin);
await call('advanceTime', 200, { ...admin, body: { hours: 1 } });
await call('advanceTime', 409, { ...admin, body: { to: '2026-01-05T00:00:00Z' } });
await call('showWallet', 409, { ...agent, parameters: { 'X-Footfall-Sim-Time': '2030-01-01T00:00:00Z' } });

// The journal: a session of agent 1 in the present hour.
const now = await call('showSimulation', 200, agent);
const hour = Math.floor((Date.parse(now.now) - Date.parse(now.start)) / 3600e3);
const session = (BigInt(run.run_id) * 100000000000000n + BigInt(hour) * 1000000000n + 10n).toString();
const opening = { session_id: session, agent_id: '1', kind: 'shopping', started_at: now.now };
// Tells it, and what became of it must be `status`.
async function tell(operationId, trip, status) {
  const kept = await call(operationId, 200, { ...agent, body: { sessions: [trip] } });
  expect(`${operationId} of ${trip.session_id}: its session_id`, kept.sessions[0].session_id, trip.session_id);
  expect(`${operationId} of ${trip.session_id}`, kept.sessions[0].status, status);
}
await tell('openSessions', opening, 'open');
const second = (BigInt(session) + 1n).toString();
await tell('openSessions', { ...opening, session_id: second }, 'other_open');
await call('openSessions', 400, { ...agent, body: { sessions: [{ ...opening, agent_id: '2' }] } });
const end = {
  ...opening,
  outcome: 'browsed',
  ended_at: now.now,
  events: [
    { type: 'session_start', at: now.now },
    { type: 'view_product', at: now.now, product_id: product.id, amount_minor: 100 },
    { type: 'session_end', at: now.now },
  ],
  decisions: [],
};
await tell('addEvents', { ...end, session_id: second }, 'not_open');
await tell('addEvents', { ...end, outcome: 'purchased', order_id: order.order_id }, 'no_such_order');
await call('addEvents', 400, { ...agent, body: { sessions: [{ ...end, outcome: 'purchased' }] } });
await call('addToCart', 200, {
  ...agent,
  body: { lines: [{ product_id: product.id, quantity: 1 }], session_id: session },
});
const ofSession = await call('checkOut', 201, { ...agent, parameters: key(), body: { session_id: session } });
await tell('addEvents', end, 'has_order');
await tell('addEvents', { ...end, outcome: 'purchased', order_id: ofSession.order_id }, 'closed');
await call('stopSimulation', 200, admin);
await call('stopSimulation', 409, admin);
const stopped = { ...admin, parameters: { 'X-Footfall-Run': run.run_id } };
await call('resumeSimulation', 409, admin);
await call('resumeSimulation', 200, stopped);
await call('resumeSimulation', 200, stopped);
await call('stopSimulation', 200, stopped);

// The real shop, as a person.
const person = { token: personToken('00000000-0000-4000-8000-000000000001') };
const { stores } = await call('listStores', 200, person);
const at = { store_id: stores[0].id };
await call('listCategories', 200, person);
const [ware] = (await call('listProducts', 200, { ...person, parameters: { limit: 5 } })).products;
await call('showProduct', 200, { ...person, parameters: { product_id: ware.id } });
await call('showWallet', 401, { token: `${person.token}x` });
await call('showWallet', 403, { ...person, parameters: { 'X-Footfall-Run': run.run_id } });
const own = basketCoupon((await call('showWallet', 200, person)).coupons, ware.price_minor);
if (stores.length > 1) await call('showCart', 400, person); // which store?
await call('showCart', 200, { ...person, parameters: at });
await call('checkOut', 409, { ...person, parameters: key(), body: at });
await call('addToCart', 200, {
  ...person,
  body: { ...at, lines: [{ product_id: ware.id, quantity: own.quantity }], step: 1 },
});
await call('addToCart', 400, {
  ...person,
  body: { ...at, lines: [{ product_id: ware.id, quantity: 1 }], session_id: session },
});
await call('changeCart', 200, {
  ...person,
  body: { ...at, lines: [{ product_id: ware.id, quantity: own.quantity + 1 }] },
});
await call('applyCoupons', 200, { ...person, body: { ...at, coupons: [own.id] } });
await call('removeCoupon', 200, { ...person, parameters: { ...at, user_coupon_id: own.id } });
const priced = await call('setCoupons', 200, { ...person, body: { ...at, coupons: [own.id] } });
expect('the refusal of a coupon in the real shop', priced.coupons[0]?.refusal, null);
const sold = await call('checkOut', 201, { ...person, parameters: key(), body: at });
expect('the discount in the real shop', sold.discount_minor, priced.discount_minor);
const placed = { order_id: sold.order_id };
await call('listOrders', 200, person);
const [first] = (await call('showOrder', 200, { ...person, parameters: placed })).lines;
await call('showOrder', 404, { ...agent, parameters: { ...placed, 'X-Footfall-Run': run.run_id } });
await call('refundOrder', 200, {
  ...person,
  parameters: { ...placed, ...key() },
  body: { lines: [{ line_no: first.line_no, quantity: 1 }] },
});
await call('cancelOrder', 409, { ...person, parameters: { ...placed, ...key() }, body: {} });
await call('addToCart', 200, { ...person, body: { ...at, lines: [{ product_id: ware.id, quantity: 1 }] } });
await call('removeFromCart', 200, { ...person, parameters: { ...at, product_id: ware.id } });
await call('abandonCart', 200, { ...person, parameters: at });
for (const operationId of ['startSimulation', 'listAgents', 'advanceTime', 'beginCycle']) {
  await call(operationId, 403, person);
}

for (const operationId of operations.keys()) {
  if (!called.has(operationId)) problems.push(`${operationId} was never called`);
}
const calls = [...called.values()].reduce((sum, list) => sum + list.length, 0);
console.log(`${calls} calls of ${called.size} of ${operations.size} operations`);
for (const problem of problems) console.log(`FAILED ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);
