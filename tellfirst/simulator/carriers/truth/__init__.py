"""What the carriers took and what customers got, whatever was answered."""
