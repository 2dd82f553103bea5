"""What the peers are measured on: the rows, and each framework's spelling of them."""
