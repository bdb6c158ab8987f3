-- Whom postgres-exporter logs in as: it reads statistics, and no row of anybody.
\getenv password MONITOR_PASSWORD
SELECT 'CREATE ROLE monitor' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitor') \gexec
ALTER ROLE monitor LOGIN CONNECTION LIMIT 10 PASSWORD :'password';
GRANT pg_monitor TO monitor;
