"""The warm start: one Terraform command imports the libraries once, and not at each start of the provider.

Terraform starts the executable two times for ``validate``, and five times for ``destroy``. The first start begins a
*warm parent*, which imports, and forks a process for each start of the same Terraform. Who takes part:

launcher
    The process that Terraform starts and ends. It imports next to nothing, and is::

        cold ──────────── there is no warm parent to be had: serves by itself, as if there were no warm start
        first ─────────── no folder is there: makes it, starts a warm parent, prints the handshake line, then hands over
        later ─────────── connects with the warm parent's socket, and hands over

    *Handing over*: environment, arguments, working folder, stdout and stderr go to a spare, which says that it is
    ready; the launcher tells it to go on, and waits for the exit code. Until it has told so, all that is odd makes it
    cold. From then on the spare's end is its end. A signal that asks for the end is passed on.

warm parent
    A process of its own session, with no environment but for the variables that libraries read when they are imported.
    It holds no descriptor of a start, and never reads what is handed over. It is::

        importing ─────── one stage after another; after each, it sees to it that there is one spare
        waiting ───────── for its spare to be taken (then it forks the next one), or for its end

    It ends when Terraform does, after some time without a start, when forking would not be safe, or when spares die
    untaken; with its folder.

spare
    A process forked by the warm parent::

        preparing ─────── its server listens, and but for the first one it has made a certificate
        waiting ───────── for a launcher, whose process it examines: a child of the same Terraform, in the same
                          surroundings, for the same provider; for others the door is shut
        serving ───────── what it was handed, to the end of the launcher, or of Terraform's wish; then it tells the code

    While it waits it ends with the warm parent; while it serves, the end of the warm parent means nothing to it.

`meeting` has what both sides must agree on. On macOS there is no warm start: it has neither pidfd nor ``/proc``, and its
frameworks do not survive a fork.

Source: docs/facts/python.md, "Forking a process that has imported libraries".
"""
