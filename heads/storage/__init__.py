"""Where bundles and roles are kept: a folder or a bucket behind one Protocol."""
