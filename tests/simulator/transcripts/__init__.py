"""Real incidents, played with the real core, as transcripts that are read before they are believed."""
