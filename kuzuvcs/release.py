"""The release of kuzuvcs, as manifests and scripts name it."""

RELEASE = "0.1.0"
