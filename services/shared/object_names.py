"""Where objects stand: the folder or prefix of all of them, and below it the log that they are of."""

# Beside blobs in a bucket or folder, and beside the logs in a data folder.
KEPT = "kept"
ROUTER_LOG = "router.log"
