"""What is published: the status in pages and feeds, made of the words that customers were sent."""
