#!/usr/bin/env python3
"""Draws what updates cost beside the best peers: plot.py ROWS.tsv RESULTS.tsv OUT.svg

ROWS.tsv is what increments.py wrote, RESULTS.tsv the peers' (pair, method, bytes, ...). Bars are bytes over the wire, on a logarithmic
scale. Needs python3 alone.
"""
import sys
from math import log10

PEERS = ['zstd-19 full', 'tar zstd-19 full', 'rsync -z', 'casync 64k', 'per-file zstd-19 patch', 'zstd-19 patch', 'bsdiff',
         'per-file best of zstd/bsdiff']
BAR, GAP, LEFT, WIDTH = 14, 26, 250, 620


def rows(path):
    for line in open(path):
        cells = line.rstrip('\n').split('\t')
        if len(cells) > 2 and cells[0] != 'pair':
            yield cells


def main():
    ours = {cells[0]: int(cells[1]) for cells in rows(sys.argv[1])}
    peers = {}
    for cells in rows(sys.argv[2]):
        if cells[0] in ours and cells[1] in PEERS and cells[2] != '-':
            peers.setdefault(cells[0], []).append((int(cells[2]), cells[1]))
    bars, y = [], 30
    for pair in sorted(ours):
        bars.append('<text x="8" y="%d" font-weight="bold">%s</text>' % (y, pair))
        y += 8
        for size, name in sorted(peers.get(pair, [])[:8] + [(ours[pair], 'ota-client update')]):
            own = name == 'ota-client update'
            length = max(2, WIDTH * (log10(size) - 3) / 5)
            bars.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>' % (LEFT, y, length, BAR - 3, '#c0392b' if own else '#7f8c8d'))
            bars.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 6, y + BAR - 5, name))
            bars.append('<text x="%d" y="%d">%s</text>' % (LEFT + length + 5, y + BAR - 5, format(size, ',')))
            y += BAR
        y += GAP
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">' % (LEFT + WIDTH + 90, y)
    with open(sys.argv[3], 'w') as out:
        out.write(head + '\n<title>Bytes over the wire for one update, logarithmic scale</title>\n' + '\n'.join(bars) + '\n</svg>\n')


if __name__ == '__main__':
    main()
