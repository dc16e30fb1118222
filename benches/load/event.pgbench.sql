\set key random(1, 9000000000000000000)
INSERT INTO marketing_events (idempotency_key, type, payload, source, fingerprint, status, scheduled_at)
VALUES ('k' || :key, 'LEAD_CAPTURE',
        jsonb_build_object('email', 'k' || :key || '@example.com', 'name', 'Ada Lovelace', 'campaign', 'launch', 'consent', true),
        'landing-page', 'a1b2c3d4e5f60718', 'PENDING', now())
ON CONFLICT (idempotency_key) DO NOTHING;
