"""The pages of a folder of runs, served to the browser of the person at this machine."""
