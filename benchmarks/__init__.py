"""Speed and memory, measured beside a plain nearest-example matcher in the same run."""
