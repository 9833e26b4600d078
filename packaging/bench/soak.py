#!/usr/bin/env python3
"""Does the server stay as it is? Idle boards, checks and downloads at once, for minutes.

    soak.py [--minutes N] [--idle N] [--rate N] [--downloads N] [--mebibytes N]

N connections that do nothing (10,000), N checks a second (1,000) and N downloads of 25 MiB at once, without end and every byte compared, all v1 on
loopback. Prints the server's resident memory each minute. Fails where an answer was wrong, where memory passed --mebibytes (192), or where it grew by
more than 5 % after the first minute.
Needs: the programs of packaging/target (mvn -DskipTests package), gcc, python3, and as many open files as connections.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import server as bench

SOURCES = ['--sources', '16']


def start(work, package, idle, log):
    port = bench.free_port()
    folder = os.path.join(work, 'server')
    os.makedirs(os.path.join(folder, 'packages'))
    os.link(package, os.path.join(folder, 'packages', 'package'))
    with open(os.path.join(folder, 'config.ini'), 'w') as out:
        out.write('[DEFAULT]\nport = %d\nsecurity = password\nlog_level = error\n[Server]\nip = 127.0.0.1\npath = packages\nstate_dir = state\nlatest = package\n'
                  'max_clients = %d\nidle_timeout = 3h\nhandshake_timeout = 3h\n' % (port, idle + 2000))
    return bench.Contender('ota-server', [bench.SERVER, 'serve', '--config', os.path.join(folder, 'config.ini')], port, log)


def resident(server):
    with open('/proc/%d/status' % server.process.pid) as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith('VmRSS'))


def ask(load, port, rate, end, result):
    """A quarter of a second's checks, every quarter of a second."""
    due = time.monotonic()
    while time.monotonic() < end:
        said = subprocess.run([load, 'poll', '-p', str(port), '-c', '16', '-n', str(rate // 4)] + SOURCES, stdout=subprocess.PIPE, check=True).stdout
        figures = json.loads(said)
        result['checks'] += figures['ok']
        result['wrong'] += sum(figures['errors'].values())
        due += 0.25
        time.sleep(max(0, due - time.monotonic()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--idle', type=int, default=10000)
    parser.add_argument('--rate', type=int, default=1000)
    parser.add_argument('--downloads', type=int, default=50)
    parser.add_argument('--mebibytes', type=int, default=192)
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    # The generator needs both processors' time, and so does the server.
    bench.PINNED = False
    with tempfile.TemporaryDirectory() as work, open(os.path.join(work, 'log'), 'w') as log:
        load = os.path.join(work, 'otaload')
        subprocess.check_call(['gcc', '-O2', '-Wall', '-Wno-unused-result', '-o', load, os.path.join(bench.HERE, 'otaload.c')])
        package = bench.package(work, 25)
        server = start(work, package, options.idle, log)
        idle = downloads = None
        try:
            time.sleep(2)
            print('at its start %.0f MiB' % resident(server), flush=True)
            idle = subprocess.Popen([load, 'idle', '-p', str(server.port), '-n', str(options.idle)] + SOURCES, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            print(idle.stdout.readline().decode().strip(), flush=True)
            print('with them %.0f MiB' % resident(server), flush=True)
            seconds = options.minutes * 60
            downloads = subprocess.Popen([load, 'get', '-p', str(server.port), '-c', str(options.downloads), '-d', str(seconds), '--verify', package],
                                         stdout=subprocess.PIPE)
            before, began, result = server.cpu(), time.monotonic(), {'checks': 0, 'wrong': 0}
            asking = threading.Thread(target=ask, args=(load, server.port, options.rate, began + seconds, result))
            asking.start()
            memory = []
            while asking.is_alive():
                asking.join(min(60, seconds / 4))
                memory.append(resident(server))
                print('%4.0f s   %.1f MiB' % (time.monotonic() - began, memory[-1]), flush=True)
            cpu = server.cpu() - before
            got = json.loads(downloads.communicate()[0])
            wrong = result['wrong'] + sum(got['errors'].values())
            print('%d checks, %d downloads (%.0f GiB), %d wrong; %.0f s of CPU in %.0f s' % (
                result['checks'], got['ok'], got['bytes'] / bench.GIB, wrong, cpu, time.monotonic() - began))
        finally:
            for process in (idle, downloads):
                if process is not None and process.poll() is None:
                    process.kill()
                    process.wait()
            server.stop()
        if wrong or max(memory) > options.mebibytes or max(memory) > memory[0] * 1.05:
            sys.exit('soak.py: wrong answers, more than %d MiB, or memory that grows' % options.mebibytes)


if __name__ == '__main__':
    main()
