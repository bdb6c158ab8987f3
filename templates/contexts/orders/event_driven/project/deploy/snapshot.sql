-- Tells topics what they no longer have, or never had: run it in the database of orders, after an evolve
-- or for a new consumer that needs all of history.
-- Whoever knows an order already ignores its events; analytics learns of it.
INSERT INTO orders.outbox (id, type, key, payload, headers, occurred_at)
SELECT gen_random_uuid(), 'orders.order-placed.v1', id::text,
       jsonb_build_object(
           'order_id', id, 'user_id', user_id, 'placed_at', created_at,
           'lines', (SELECT jsonb_agg(jsonb_build_object(
                         'product_id', line ->> 'product_id',
                         'quantity', (line ->> 'quantity')::int))
                     FROM jsonb_array_elements(lines) AS line)),
       '{}'::jsonb, created_at
FROM orders.orders WHERE status <> 'pending'
UNION ALL
SELECT gen_random_uuid(), 'orders.order-confirmed.v1', id::text,
       jsonb_build_object(
           'order_id', id, 'user_id', user_id, 'confirmed_at', updated_at,
           'total_cents', total_cents, 'currency', currency),
       '{}'::jsonb, updated_at
FROM orders.orders WHERE status = 'confirmed'
UNION ALL
SELECT gen_random_uuid(), 'orders.order-rejected.v1', id::text,
       jsonb_build_object(
           'order_id', id, 'user_id', user_id, 'rejected_at', updated_at, 'reason', reason),
       '{}'::jsonb, updated_at
FROM orders.orders WHERE status = 'rejected'
UNION ALL
SELECT gen_random_uuid(), 'orders.order-cancelled.v1', id::text,
       jsonb_build_object('order_id', id, 'user_id', user_id, 'cancelled_at', updated_at),
       '{}'::jsonb, updated_at
FROM orders.orders WHERE status = 'cancelled';
