"""What consumers and relays stand on in services that are on MySQL or MariaDB."""
