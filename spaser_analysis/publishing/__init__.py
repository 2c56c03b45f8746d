"""From a notebook to an edition: run, check, make canonical, lay out, move into place."""
