"""What is said of a bundle: what each piece is for, what spoke for it, what is missing; with what that claims."""
