"""Where a team's templates and standards come from: git, folders, archives, Python packages."""
