"""One module a topic: `write(arguments)` writes its files, `options(parser)` declares its arguments where it has any."""
