#!/usr/bin/env python3
"""What proofs and TLS cost the server, beside nginx with TLS; and how long it takes to its first answer.

    secured.py [--seconds S] [--mib N] [--rounds N]

Checks of v2 (hello, proof, header, exit: three round trips under seals) by Checks.java, one at a time, on a connection of its own each, in the clear and
over TLS; then a package over TLS, fetched by the built client and, from nginx, by curl. Each figure is the server's CPU as the system accounts
for it; the first seconds of checks are not counted, for Java compiles what is called often.
Needs: the programs of packaging/target (mvn -DskipTests package), java on PATH or in JAVA_HOME, openssl and python3; nginx and curl where they are.
"""
import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import server as bench

TARGET = os.path.join(bench.HERE, '..', 'target')
CLIENT = os.path.join(TARGET, 'ota-client', 'bin', 'ota-client')
TOKEN = 'a-token-for-this-measurement-alone'


def write(path, text):
    with open(path, 'w') as out:
        out.write(text)


def ours(work, package, log):
    """Returns the server and its pin."""
    port = bench.free_port()
    folder = os.path.join(work, 'ours')
    os.makedirs(os.path.join(folder, 'packages'))
    os.link(package, os.path.join(folder, 'packages', 'package'))
    lines = subprocess.check_output([bench.SERVER, 'tls-init'], cwd=folder, stderr=log).decode().splitlines()
    write(os.path.join(folder, 'config.ini'), '\n'.join(
        ['[DEFAULT]', 'port = %d' % port, 'security = ' + TOKEN, 'log_level = error', '[Server]', 'ip = 127.0.0.1', 'path = packages',
         'state_dir = state', 'latest = package', 'tls = optional'] + [line for line in lines if line.startswith(('tls_cert', 'tls_key'))]) + '\n')
    started = time.monotonic()
    contender = bench.Contender('ota-server', [bench.SERVER, 'serve', '--config', os.path.join(folder, 'config.ini')], port, log)
    print('from its start to listening: %.2f s' % (time.monotonic() - started))
    return contender, next(line.split('=', 1)[1].strip() for line in lines if line.startswith('tls_pin'))


def nginx(work, package, log):
    port = bench.free_port()
    folder = os.path.join(work, 'nginx')
    os.makedirs(folder)
    os.link(package, os.path.join(folder, 'package'))
    subprocess.check_call(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '7', '-subj', '/CN=localhost', '-keyout', folder + '/key',
                           '-out', folder + '/certificate'], stderr=log)
    temporary = ' '.join('%s_temp_path %s;' % (kind, folder) for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    write(folder + '/nginx.conf', 'daemon off; master_process off; pid %s/pid; error_log %s/error;\nevents { }\nhttp { access_log off; sendfile on; tcp_nopush on;'
          ' %s server { listen 127.0.0.1:%d ssl; root %s; ssl_certificate %s/certificate; ssl_certificate_key %s/key; } }\n'
          % (folder, folder, temporary, port, folder, folder, folder))
    return bench.Contender('nginx', ['nginx', '-p', folder, '-c', folder + '/nginx.conf'], port, log, True)


def board(work, name, port, lines):
    folder = os.path.join(work, name)
    os.makedirs(folder)
    write(os.path.join(folder, 'config.ini'), '\n'.join(
        ['[DEFAULT]', 'port = %d' % port, 'security = ' + TOKEN, 'log_level = error', '[Client]', 'server = 127.0.0.1', 'path = packages',
         'state_dir = state', 'retries = 0'] + lines) + '\n')
    return folder


def spent(server, argv, cwd):
    before = server.cpu()
    said = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, preexec_fn=lambda: bench.on(1)).stdout
    return server.cpu() - before, said


def checks(server, title, folder, seconds):
    java = os.path.join(os.environ['JAVA_HOME'], 'bin', 'java') if os.environ.get('JAVA_HOME') else 'java'
    jars = ':'.join(sorted(glob.glob(os.path.join(TARGET, 'ota-client', 'lib', '*.jar'))))
    argv = [java, '-XX:+UseSerialGC', '-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider', '-cp', jars, os.path.join(bench.HERE, 'Checks.java'),
            os.path.join(folder, 'config.ini')]
    spent(server, argv + [str(seconds)], folder)
    cpu, said = spent(server, argv + [str(seconds)], folder)
    print('%-28s %6.0f us of CPU, %d checks' % (title, cpu / int(said) * 1e6, int(said)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=float, default=15, help='of checks, once to warm up and once to be counted')
    parser.add_argument('--mib', type=int, default=256)
    parser.add_argument('--rounds', type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, open(os.path.join(work, 'log'), 'w') as log:
        package = bench.package(work, options.mib)
        contenders = []
        try:
            server, pin = ours(work, package, log)
            contenders.append(server)
            tls = ['tls = yes', 'tls_pin = ' + pin]
            time.sleep(2)
            checks(server, 'a check of v2', board(work, 'plain', server.port, []), options.seconds)
            checks(server, 'a check of v2 over TLS', board(work, 'tls', server.port, tls), options.seconds)
            rows = {'ota-server': []}
            if shutil.which('nginx') and shutil.which('curl'):
                contenders.append(nginx(work, package, log))
                rows['nginx'] = []
            for turn in range(-1, options.rounds):
                folder = board(work, 'fresh-%d' % turn, server.port, tls)
                figures = {'ota-server': spent(server, [CLIENT, 'update'], folder)[0]}
                shutil.rmtree(folder)
                if 'nginx' in rows:
                    url = 'https://127.0.0.1:%d/package' % contenders[1].port
                    figures['nginx'] = spent(contenders[1], ['curl', '--silent', '--insecure', '--output', os.devnull, url], work)[0]
                if turn >= 0:
                    for name, cpu in figures.items():
                        rows[name].append(cpu * bench.GIB / (options.mib << 20))
            for name, cpu in rows.items():
                ratio = '' if 'nginx' not in rows else ', x %.2f of nginx' % statistics.median(own / other for own, other in zip(cpu, rows['nginx']))
                print('%-12s %.2f s of CPU for a GiB over TLS, one reader%s' % (name, statistics.median(cpu), ratio))
        finally:
            while contenders:
                contenders.pop().stop()


if __name__ == '__main__':
    main()
