"""The warm start: one Terraform command imports the libraries once, and not at each start of the provider.

Terraform starts the executable two times for ``validate``, and five times for ``destroy``. The first start begins a
*warm parent*, which imports; each start of that Terraform is then served by a process forked from it. Who takes part:

launcher (`launcher`): what Terraform starts and ends. It imports next to nothing.
    first     nobody has made the folder: makes it, begins a warm parent, and prints the handshake line of a socket in it
    later     the folder is there
    then      hands environment, arguments, working folder, stdout and stderr to the spare; when that is ready, tells it to
              go on, and ends with the spare's exit code
    cold      until it has told the spare to go on, whatever is odd: serves by itself, as if there were no warm start

warm parent (`parent`): has a session of its own, of the environment only what libraries read when they are imported, no
descriptor of a start, and never reads what is handed over.
    importing one stage after another
    waiting   for its spare to be taken, for a process that serves to end, for the next launcher, or for Terraform's end
    ending    with Terraform, and with all that is left in the folder; after some time without a start; when a fork would
              not be safe; or when spares die untaken

spare (`parent`): is forked by the warm parent.
    preparing its server listens
    waiting   for a launcher that is a child of the same Terraform in the same surroundings, or for the parent's end
    taken     for another installation, or with other variables that libraries read: ends
    serving   what it was handed, until Terraform asks for the end, or the launcher is gone; then it tells the code

`meeting` has what both sides must agree on. There is no warm start on macOS: it has neither pidfd nor ``/proc``, and its
frameworks do not survive a fork.

Source: docs/facts/python.md, "Forking after imports".
"""
