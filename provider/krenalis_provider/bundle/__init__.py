"""The provider as an archive that needs no Python on the host: how it is put together, and how it is installed.

`subcommand install` and the release use it; a process that Terraform starts never imports it. What an archive holds, all
of it ordinary files with relative names (docs/design.md, "The bundle"):

    terraform-provider-krenalis_vVERSION    the launcher, a shell script
    bin/pythonX.Y                           the interpreter
    lib/*.so*                               shared libraries that not every system has
    lib/pythonX.Y/                          the standard library, as bytecode
    lib/pythonX.Y/site-packages/            the provider and its libraries, as bytecode
"""
