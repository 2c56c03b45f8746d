"""What a reader sees: one function per element of a report. Lays out, never computes."""

from spaser_analysis import formatting as formatting
