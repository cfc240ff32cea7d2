"""What is said of a bundle, claim by claim: reasons that are true by construction, and a reader that checks any text."""
