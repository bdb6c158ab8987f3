"""What a notification is and how its e-mail is delivered. Standard library only."""
