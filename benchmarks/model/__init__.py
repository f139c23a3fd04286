"""What the handed-over model is worth on experiments that it never saw."""
