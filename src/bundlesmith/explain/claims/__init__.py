"""What is said of a bundle, claim by claim, and a reader that checks any text."""
