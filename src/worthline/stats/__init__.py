"""The statistics that rooms share: arrays in, frozen results out. Knows no company."""
