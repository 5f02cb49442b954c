"""Real hosts on one machine: their network, power and services, and the load that is put on them."""
