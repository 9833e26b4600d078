#!/usr/bin/env python3
"""What an update costs over the wire, measured with the built programs.

    increments.py --pairs FOLDER [--only NAME,NAME] [--form file|tree] [--out ROWS.tsv] [--work FOLDER]

FOLDER holds NAME/old and NAME/new, each a file or a folder. For each pair: old is published and installed by a board that has
nothing, then new is published, its patch is made ahead (`ota-server prepare`), and the board updates through a proxy that counts the
bytes of both directions. The board's release is then compared with new, byte for byte.

A row: pair, bytes of the update's session, CPU seconds and peak RSS in kB of the encoder, CPU seconds and peak RssAnon in kB of the whole
client, 1 when what came of it is right, and a note. The note has the bytes of all sessions of the run, reports included.
Needs: the programs of packaging/target (mvn -DskipTests package), python3, tar, GNU time.
"""
import argparse, os, re, shutil, socket, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, '..', 'target')
SERVER = os.path.join(PROGRAMS, 'ota-server', 'bin', 'ota-server')
CLIENT = os.path.join(PROGRAMS, 'ota-client', 'bin', 'ota-client')
PATIENCE = 3600


class Proxy:
    """Counts what passes between a board and the server, session by session."""

    def __init__(self, port):
        self.target = port
        self.sessions = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            board, _ = self.listener.accept()
            server = socket.create_connection(('127.0.0.1', self.target))
            count = [0, 0]
            self.sessions.append(count)
            threading.Thread(target=self.pump, args=(board, server, count, 0), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, board, count, 1), daemon=True).start()

    @staticmethod
    def pump(source, sink, count, direction):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                count[direction] += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_WR if end is sink else socket.SHUT_RD)
            except OSError:
                pass

    def take(self):
        taken, self.sessions = self.sessions, []
        return [sum(count) for count in taken]


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, text=True, **more)
    if done.returncode != 0:
        raise SystemExit('%s: status %d\n%s' % (' '.join(command), done.returncode, done.stdout))
    return done.stdout


def timed(command):
    """Returns CPU seconds and the peak resident set in kB."""
    with tempfile.NamedTemporaryFile('r') as report:
        run(['/usr/bin/time', '-o', report.name, '-f', '%U %S %M'] + command)
        user, system, rss = report.read().split()[-3:]
    return float(user) + float(system), int(rss)


def watched(command):
    """As timed, but the peak of RssAnon, as looked at every 5 ms."""
    begun = os.times()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    peak = [0]

    def watch():
        while child.poll() is None:
            try:
                text = open('/proc/%d/status' % child.pid).read()
                peak[0] = max(peak[0], int(re.search(r'RssAnon:\s+(\d+)', text).group(1)))
            except (OSError, AttributeError):
                pass
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, _ = child.communicate(timeout=PATIENCE)
    watcher.join()
    ended = os.times()
    cpu = ended.children_user + ended.children_system - begun.children_user - begun.children_system
    if child.returncode != 0:
        raise SystemExit('%s: status %d\n%s' % (' '.join(command), child.returncode, said))
    return cpu, peak[0], said


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as probe:
        return probe.getsockname()[1]


def same(expected, actual):
    if os.path.isdir(expected):
        listing = "cd '%s' && find . -mindepth 1 -printf '%%m %%y %%T@ %%p %%l\\n' | sed -E 's/^([0-7]+ [a-z] [0-9]+)\\.[0-9]+/\\1/; s/^[0-7]+ l [0-9-]+/l/' | sort"
        return subprocess.call(['diff', '-r', '--no-dereference', expected, actual]) == 0 and (
            run(['sh', '-c', listing % expected]) == run(['sh', '-c', listing % actual]))
    return subprocess.call(['cmp', '-s', expected, actual]) == 0


def await_port(port, process):
    for _ in range(600):
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit('the server does not start: see its log in the work folder')


def measure(name, old, new, form, work):
    shutil.rmtree(work, ignore_errors=True)
    for folder in ('server/packages', 'board/packages', 'board/keys.d'):
        os.makedirs(os.path.join(work, folder))
    port = free_port()
    proxy = Proxy(port)
    tree = os.path.isdir(new) or form == 'tree'
    server_config = os.path.join(work, 'server', 'config.ini')
    board_config = os.path.join(work, 'board', 'config.ini')
    with open(server_config, 'w') as out:
        out.write('[DEFAULT]\nport = %d\nsecurity = measured\n[Server]\nip = 127.0.0.1\npath = packages\n' % port)
    with open(board_config, 'w') as out:
        out.write('[DEFAULT]\nport = %d\nsecurity = measured\n[Client]\nserver = 127.0.0.1\npath = packages\n'
                  'unpack = %s\ntrusted_keys = keys.d\n' % (proxy.port, 'yes' if tree else 'no'))
    key = os.path.join(work, 'ota.key')
    run([SERVER, 'keygen', key])
    key += '.key'
    public = [f for f in os.listdir(work) if f.endswith('.pub')]
    shutil.copy(os.path.join(work, public[0]), os.path.join(work, 'board', 'keys.d'))
    server = [SERVER, '--config', server_config]
    board = [CLIENT, '--config', board_config]

    def publish(source, label):
        options = ['--as', 'tree'] if tree and not os.path.isdir(source) else []
        file = os.path.join(work, 'server', 'packages', label)
        if os.path.isdir(source):
            run(server + ['publish', '--key', key, '--name', label + '.tar.gz', source])
            return label + '.tar.gz'
        shutil.copyfile(source, file)
        run(server + ['publish', '--key', key] + options + [file])
        return label

    publish(old, 'measured-1')
    log = open(os.path.join(work, 'server.log'), 'w')
    daemon = subprocess.Popen(server + ['serve'], stdout=log, stderr=log)
    try:
        await_port(port, daemon)
        run(board + ['update'])
        proxy.take()
        label = publish(new, 'measured-2')
        encoder = timed(server + ['prepare', label])
        cpu, anon, said = watched(board + ['update'])
        sessions = proxy.take()
        result = os.path.join(work, 'board', 'packages', 'current')
        right = same(new if os.path.isdir(new) or not tree else unpacked(new, work), os.path.realpath(result))
        run(board + ['update'])
        again = sum(proxy.take())
    finally:
        daemon.terminate()
        daemon.wait(60)
    print(said.strip().splitlines()[-1], file=sys.stderr)
    note = 'all sessions %d; same again %d' % (sum(sessions), again)
    return [name, max(sessions), '%.2f' % encoder[0], encoder[1], '%.2f' % cpu, anon, 1 if right else 0, note]


def unpacked(archive, work):
    folder = os.path.join(work, 'expected')
    os.makedirs(folder)
    run(['tar', '-xf', archive, '-C', folder])
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pairs', required=True)
    parser.add_argument('--only', default='')
    parser.add_argument('--form', choices=['file', 'tree'], default='file')
    parser.add_argument('--out')
    parser.add_argument('--work')
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix='increments-')
    names = options.only.split(',') if options.only else sorted(os.listdir(options.pairs))
    for name in names:
        old, new = (os.path.join(options.pairs, name, side) for side in ('old', 'new'))
        row = '\t'.join(str(cell) for cell in measure(name, old, new, options.form, os.path.join(work, name)))
        print(row, flush=True)
        if options.out:
            with open(options.out, 'a') as out:
                out.write(row + '\n')


if __name__ == '__main__':
    main()
