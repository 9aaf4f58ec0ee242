"""`kmyriad play`: any policy of ours in its environment, in a window or as a video."""
