# Configuration examples, units, scripts, completion
