"""Values as sources write them -> amounts, stocks, times and plain text, decided by the column."""
