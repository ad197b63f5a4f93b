"""Search in what customers wrote: an index beside the runs, made again from a run whenever it is missing."""
