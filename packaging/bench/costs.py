#!/usr/bin/env python3
"""Draws what programs cost beside each other: costs.py ROWS.tsv OUT.svg

A row is group, name, figure, unit, by tabulators; the bars of a group share a linear scale of its own. Names that begin with ota are ours. Needs
python3 alone.
"""
import sys

BAR, GAP, LEFT, WIDTH = 16, 30, 230, 480


def main():
    groups = {}
    for line in open(sys.argv[1]):
        cells = line.rstrip('\n').split('\t')
        if len(cells) == 4 and not line.startswith('#'):
            groups.setdefault(cells[0], []).append((cells[1], float(cells[2]), cells[3]))
    parts, y = [], 24
    for group, rows in groups.items():
        parts.append('<text x="8" y="%d" font-weight="bold">%s</text>' % (y, group))
        y += 8
        longest = max(figure for _, figure, _ in rows)
        for name, figure, unit in rows:
            length = max(2, WIDTH * figure / longest)
            parts.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>' % (
                LEFT, y, length, BAR - 3, '#c0392b' if name.startswith('ota') else '#7f8c8d'))
            parts.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 6, y + BAR - 6, name))
            parts.append('<text x="%d" y="%d">%s %s</text>' % (LEFT + length + 5, y + BAR - 6, format(figure, ',g'), unit))
            y += BAR
        y += GAP
    with open(sys.argv[2], 'w') as out:
        out.write('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">\n<title>Costs</title>\n%s\n</svg>\n'
                  % (LEFT + WIDTH + 130, y, '\n'.join(parts)))


if __name__ == '__main__':
    main()
