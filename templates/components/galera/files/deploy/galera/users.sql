-- HAProxy asks each node whether it is ready: a user without a password and without any right.
CREATE USER IF NOT EXISTS haproxy@'%';
