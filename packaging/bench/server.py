#!/usr/bin/env python3
"""A minute's look at what the server costs, beside the least that a server of this protocol can do.

    server.py [--rounds N] [--seconds S] [--server PROGRAM] [--bounds]

otaref.c answers from memory and sends by sendfile, without a log, a deadline or a look at what it is asked; nginx, where it is installed, serves the
same file and a short answer. They take turns with the built server, on loopback, and otaload.c asks: checks (v1), a package of 25 MiB
again and again, and 200 packages of 5 MiB at once, every byte compared. Each figure is the server's CPU as the system accounts for
it, the median of the rounds; the ratio is taken round by round, and holds on a machine that is busy. Servers have the first processor, the generator
the second: else the kernel has one do the other's work, as it likes. --bounds fails where a byte
was wrong, or where a ratio is far from what it was when this was written.
Needs: the programs of packaging/target (mvn -DskipTests package), gcc, python3.
"""
import argparse
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = os.path.join(HERE, '..', 'target', 'ota-server', 'bin', 'ota-server')
GIB = 1 << 30
PINNED = len(os.sched_getaffinity(0)) > 1
TICK = os.sysconf('SC_CLK_TCK')
# Generous: CPU of a check, and of a GiB, as ratios to the reference server's.
BOUNDS = {'check': 25, 'download': 10}


def package(work, mib):
    path = os.path.join(work, '%d-MiB' % mib)
    with open(path, 'wb') as out:
        for _ in range(mib):
            out.write(os.urandom(1 << 20))
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def on(processor):
    """For the child: the processor that it may use."""
    if PINNED:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[processor]})


class Contender:
    def __init__(self, name, argv, port, log, http=False):
        self.name, self.port, self.http = name, port, http
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

        def prepare():
            on(0)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=prepare)
        deadline = time.monotonic() + 60
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit('server.py: %s does not listen' % name)
            time.sleep(0.05)

    def listens(self):
        """Looked up, not tried: a connection would be counted."""
        for table in ('/proc/net/tcp', '/proc/net/tcp6'):
            with open(table) as lines:
                for line in list(lines)[1:]:
                    words = line.split()
                    if words[3] == '0A' and words[1].endswith(':%04X' % self.port):
                        return True
        return False

    def cpu(self):
        """Seconds so far, of the process and its children: by the scheduler's nanoseconds, or by ticks where threads have ended."""
        total = 0
        for pid in [self.process.pid] + self.children():
            with open('/proc/%d/stat' % pid) as stat:
                words = stat.read().rsplit(')', 1)[1].split()
            exact = 0
            for thread in os.listdir('/proc/%d/task' % pid):
                with open('/proc/%d/task/%s/schedstat' % (pid, thread)) as stat:
                    exact += int(stat.read().split()[0])
            total += max((int(words[11]) + int(words[12])) / TICK, exact / 1e9)
        return total

    def children(self):
        with open('/proc/%d/task/%d/children' % (self.process.pid, self.process.pid)) as children:
            return [int(pid) for pid in children.read().split()]

    def load(self, load, *words):
        """Returns the load generator's figures, and the server's CPU seconds meanwhile."""
        if self.http:
            words += ('--http', '/package' if words[0] == 'get' else '/short')
        before = self.cpu()
        said = subprocess.run([load, words[0], '-p', str(self.port)] + [str(word) for word in words[1:]], stdout=subprocess.PIPE, check=True,
                              preexec_fn=lambda: on(1))
        return json.loads(said.stdout), self.cpu() - before

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def reference(work, tools, file, log):
    port = free_port()
    return Contender('reference', [os.path.join(tools, 'otaref'), str(port), file], port, log)


def ours(work, program, file, log):
    port = free_port()
    folder = tempfile.mkdtemp(dir=work)
    os.mkdir(os.path.join(folder, 'packages'))
    os.link(file, os.path.join(folder, 'packages', 'package'))
    with open(os.path.join(folder, 'config.ini'), 'w') as out:
        out.write('[DEFAULT]\nport = %d\nsecurity = password\nlog_level = error\n[Server]\nip = 127.0.0.1\npath = packages\nstate_dir = state\nlatest = package\n'
                  'max_clients = 1000\n' % port)
    return Contender('ota-server', [program, 'serve', '--config', os.path.join(folder, 'config.ini')], port, log)


def nginx(work, file, log):
    port = free_port()
    folder = tempfile.mkdtemp(dir=work)
    os.link(file, os.path.join(folder, 'package'))
    with open(os.path.join(folder, 'short'), 'w') as out:
        out.write('x' * 200)
    temporary = ' '.join('%s_temp_path %s;' % (kind, folder) for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    with open(os.path.join(folder, 'nginx.conf'), 'w') as out:
        out.write('daemon off; master_process off; pid %s/pid; error_log %s/error;\nevents { worker_connections 4096; }\nhttp { access_log off; sendfile on;'
                  ' tcp_nopush on; %s server { listen 127.0.0.1:%d; root %s; } }\n' % (folder, folder, temporary, port, folder))
    return Contender('nginx', ['nginx', '-p', folder, '-c', os.path.join(folder, 'nginx.conf')], port, log, True)


def checks(server, load, options):
    said, cpu = server.load(load, 'poll', '-c', 16, '-d', options.seconds)
    wrong = sum(said['errors'].values())
    return cpu / max(1, said['ok']) * 1e6, said['rate'], wrong


def downloads(server, load, options):
    said, cpu = server.load(load, 'get', '-c', 8, '-n', options.downloads)
    return cpu / (options.downloads * options.mib * (1 << 20) / GIB), options.downloads * options.mib / said['secs'], sum(said['errors'].values())


def crowd(server, load, options):
    said, cpu = server.load(load, 'get', '-c', 200, '-n', 200, '--verify', options.small)
    return cpu, said['secs'], sum(said['errors'].values())


def compare(title, unit, other, contenders, how, load, options):
    rows = {server.name: [] for server in contenders}
    for _ in range(options.warmup):
        for server in contenders:
            how(server, load, options)
    for _ in range(options.rounds):
        for server in contenders:
            rows[server.name].append(how(server, load, options))
    print('\n%s' % title)
    ratios = {}
    for name, figures in rows.items():
        ratios[name] = statistics.median(own[0] / max(base[0], 1e-9) for own, base in zip(figures, rows['reference']))
        print('  %-12s %9.2f %s   %9.1f %s   x %.2f of the reference   wrong %d' % (
            name, statistics.median(f[0] for f in figures), unit, statistics.median(f[1] for f in figures), other, ratios[name], sum(f[2] for f in figures)))
    return ratios['ota-server'], sum(f[2] for f in rows['ota-server'])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--warmup', type=int, default=4, help='rounds before that, which are not counted: Java compiles what is called often')
    parser.add_argument('--seconds', type=float, default=2, help='of checks, each round')
    parser.add_argument('--downloads', type=int, default=40, help='each round')
    parser.add_argument('--mib', type=int, default=25)
    parser.add_argument('--server', default=SERVER)
    parser.add_argument('--bounds', action='store_true')
    options = parser.parse_args()
    contenders = []
    with tempfile.TemporaryDirectory() as work, open(os.path.join(work, 'log'), 'w') as log:
        for tool in ('otaload', 'otaref'):
            subprocess.check_call(['gcc', '-O2', '-Wall', '-Wno-unused-result', '-o', os.path.join(work, tool), os.path.join(HERE, tool + '.c')])
        load = os.path.join(work, 'otaload')
        big, options.small = package(work, options.mib), package(work, 5)
        try:
            for file, runs in ((big, (('Checks, 16 at a time', 'us CPU', '/s', checks), ('Packages of 25 MiB, 8 at a time', 's CPU/GiB', 'MiB/s', downloads))),
                               (options.small, (('200 packages of 5 MiB at once', 's CPU', 's', crowd),))):
                contenders = [reference(work, work, file, log), ours(work, os.path.abspath(options.server), file, log)]
                if shutil.which('nginx'):
                    contenders.append(nginx(work, file, log))
                results = [compare(title, unit, other, contenders, how, load, options) for title, unit, other, how in runs]
                failures = sum(wrong for _, wrong in results)
                if options.bounds and failures:
                    sys.exit('server.py: %d answers of ours were wrong' % failures)
                if options.bounds and file == big and (results[0][0] > BOUNDS['check'] or results[1][0] > BOUNDS['download']):
                    sys.exit('server.py: a check may cost %d times the reference, a GiB %d times' % (BOUNDS['check'], BOUNDS['download']))
                while contenders:
                    contenders.pop().stop()
        finally:
            while contenders:
                contenders.pop().stop()


if __name__ == '__main__':
    main()
