"""Operating system: pipes between processes, priority, the terminal, boundaries behind which faults stay."""
