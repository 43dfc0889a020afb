"""Starting programs again, or for the first time: reruns, programs that nobody changed, what goes on."""
