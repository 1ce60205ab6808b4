"""The subcommands of ``vejviser``, one module for each subject; each imports what it needs when it runs."""
