"""For those who write a team's templates and standards: lint, test, start and export them."""
