"""Session log and watchdog: the log is written, and notes are ended, by a process of their own."""
