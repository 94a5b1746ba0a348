"""Work in parts: chunks that fit into the memory, blocks and tasks for several cores or computers."""
