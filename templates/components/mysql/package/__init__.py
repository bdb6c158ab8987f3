"""What contexts on MySQL or MariaDB stand on, where the kit's own speaks PostgreSQL."""
