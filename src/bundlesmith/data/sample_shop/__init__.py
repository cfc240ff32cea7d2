"""The vocabulary of the sample shop, one YAML file a department, and the code that makes a shop out of it."""
