"""What runs on the lab's hosts: with the standard library and psycopg2 alone, by the hosts' own Python."""
