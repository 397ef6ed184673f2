"""What the steps about people share: whom they mean, where everybody is at home, how people are moved and what they get back."""
