"""Every mistake of parameters, data, prompts, server, disk and machine in one list, before anything is paid for."""
