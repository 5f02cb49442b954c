"""Load on the lab: those who file, look up and call, in the open loop, and what became of every attempt."""
