#!/usr/bin/env python3
"""What a run of the client costs a board, measured with the built programs beside what it replaces.

    footprint.py [--runs N] [--mib N] [--client PROGRAM] [--bounds]

Whole processes, launcher included, as the system accounts for them: CPU seconds (user and system) and peak resident memory. In turn, N times:
a Python that imports what the deployed client imports and does nothing, a Java that does nothing, a check of an unsigned and of a signed
offer that is installed already, and an update of N MiB. Prints medians, and ratios to that Python taken run by run: they hold on
a machine that is busy, single figures do not. --bounds fails where a figure is far from what it was when this was written.
Needs: the programs of packaging/target (mvn -DskipTests package), /usr/bin/python3.
"""
import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, '..', 'target')
SERVER = os.path.join(TARGET, 'ota-server', 'bin', 'ota-server')
TOKEN = 'a-token-for-this-measurement-alone'
PYTHON = ['/usr/bin/python3', '-c', 'import socket,json,configparser,logging']
FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData']
# Generous: CPU as a ratio to that Python, memory in MiB.
BOUNDS = {'check, unsigned': (14, 56), 'check, signed': (20, 60), 'update': (80, 64)}


def run(argv, cwd=None, statuses=(0,)):
    """Returns CPU seconds and peak resident MiB of one process and its children."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        if cwd:
            os.chdir(cwd)
        os.execv(argv[0], argv)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in statuses:
        sys.exit('footprint.py: %s ended with %s' % (' '.join(argv), os.waitstatus_to_exitcode(status)))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def write(path, text):
    with open(path, 'w') as out:
        out.write(text)


class Server:
    """A daemon with one offer: signed, or by name alone."""

    def __init__(self, folder, package, signed):
        self.folder = folder
        os.makedirs(os.path.join(folder, 'packages'))
        latest = '' if signed else 'latest = package\n'
        write(os.path.join(folder, 'config.ini'),
              '[DEFAULT]\nport = 0\nsecurity = %s\n[Server]\nip = 127.0.0.1\npath = packages\nstate_dir = state\n%s' % (TOKEN, latest))
        if signed:
            subprocess.check_call([SERVER, 'keygen', 'release'], cwd=folder, stdout=subprocess.DEVNULL)
            subprocess.check_call([SERVER, 'publish', package, '--name', 'package', '--key', 'release.key'], cwd=folder, stdout=subprocess.DEVNULL)
        else:
            shutil.copy(package, os.path.join(folder, 'packages', 'package'))
        self.log = os.path.join(folder, 'log')
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen([SERVER, 'serve'], cwd=folder, stderr=log, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.port = self.listening()

    def listening(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with open(self.log) as log:
                for line in log:
                    if 'Listening on' in line:
                        return int(line.rsplit(':', 1)[1])
            time.sleep(0.1)
        sys.exit('footprint.py: the server does not listen, see ' + self.log)

    def board(self, name):
        folder = os.path.join(self.folder, name)
        os.makedirs(os.path.join(folder, 'keys.d'))
        key = os.path.join(self.folder, 'release.pub')
        if os.path.exists(key):
            shutil.copy(key, os.path.join(folder, 'keys.d'))
        write(os.path.join(folder, 'config.ini'),
              '[DEFAULT]\nport = %d\nsecurity = %s\n[Client]\nserver = 127.0.0.1\npath = packages\nstate_dir = state\n' % (self.port, TOKEN))
        return folder

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def measure(options, work):
    package = os.path.join(work, 'package')
    with open(package, 'wb') as out:
        for _ in range(options.mib):
            out.write(os.urandom(1 << 20))
    empty = os.path.join(work, 'Empty.java')
    write(empty, 'public class Empty { public static void main(String[] words) { } }')
    java = os.path.join(os.environ['JAVA_HOME'], 'bin', 'java') if os.environ.get('JAVA_HOME') else shutil.which('java')
    subprocess.check_call([os.path.join(os.path.dirname(os.path.realpath(java)), 'javac'), '-d', work, empty])
    servers = [Server(os.path.join(work, name), package, name == 'signed') for name in ('unsigned', 'signed')]
    rows = {}
    try:
        boards = [server.board('board') for server in servers]
        for board in boards:
            run([options.client, 'update'], board)
        for turn in range(-1, options.runs):
            fresh = servers[1].board('board-%d' % turn)
            todo = [('Python, imports only', PYTHON, None), ('Java, nothing', [java] + FLAGS + ['-cp', work, 'Empty'], None),
                    ('check, unsigned', [options.client, 'check'], boards[0]), ('check, signed', [options.client, 'check'], boards[1]),
                    ('update', [options.client, 'update'], fresh)]
            for name, argv, cwd in todo:
                figures = run(argv, cwd)
                if turn >= 0:
                    rows.setdefault(name, []).append(figures)
            shutil.rmtree(fresh)
    finally:
        for server in servers:
            server.stop()
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--runs', type=int, default=10)
    parser.add_argument('--mib', type=int, default=25, help='size of the package that is updated to')
    parser.add_argument('--client', default=os.path.join(TARGET, 'ota-client', 'bin', 'ota-client'))
    parser.add_argument('--bounds', action='store_true')
    options = parser.parse_args()
    options.client = os.path.abspath(options.client)
    with tempfile.TemporaryDirectory() as work:
        rows = measure(options, work)
    python = [cpu for cpu, _ in rows['Python, imports only']]
    failures = []
    print('%-22s %8s %9s %14s' % ('', 'CPU ms', 'peak MiB', 'CPU / Python'))
    for name, figures in rows.items():
        cpu = statistics.median(cpu for cpu, _ in figures)
        memory = max(memory for _, memory in figures)
        ratio = statistics.median(own / other for (own, _), other in zip(figures, python))
        print('%-22s %8.0f %9.1f %14.1f' % (name, cpu * 1000, memory, ratio))
        if name in BOUNDS and (ratio > BOUNDS[name][0] or memory > BOUNDS[name][1]):
            failures.append('%s: CPU ratio %.1f (bound %d), %.1f MiB (bound %d)' % ((name, ratio, BOUNDS[name][0], memory) + BOUNDS[name][1:]))
    print('%d runs, an update of %d MiB' % (options.runs, options.mib))
    if options.bounds and failures:
        sys.exit('footprint.py: ' + '; '.join(failures))


if __name__ == '__main__':
    main()
