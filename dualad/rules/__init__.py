"""The derivative table, by family. Importing a module of it adds its rules to the table."""
