"""What customers meet: how fast they are answered, and how many can read at once."""
