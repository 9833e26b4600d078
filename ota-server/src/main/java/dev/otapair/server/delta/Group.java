package dev.otapair.server.delta;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Objects that are coded together.
 *
 * @param olds numbers of the old objects they are made from, in the order of those, each once
 * @param news numbers of the new ones, ascending
 */
record Group(List<Integer> olds, List<Integer> news) {
    Group {
        olds = List.copyOf(olds);
        news = List.copyOf(news);
    }

    /**
     * Puts new objects and their counterparts together, as many at a time as there is memory for: what many files have in common is then
     * coded once.
     *
     * @param news numbers, ascending: files that lie together come together
     */
    static List<Group> of(Objects base, Objects wanted, List<Integer> news, Counterparts counterparts, Memory memory) {
        List<Group> groups = new ArrayList<>();
        Building building = new Building(base, wanted, memory);
        for (int number : news) {
            OptionalInt old = counterparts.of(number);
            if (!building.hasRoom(number, old)) {
                groups.add(building.group());
                building = new Building(base, wanted, memory);
            }
            building.add(number, old);
        }
        if (!building.news.isEmpty()) {
            groups.add(building.group());
        }
        return groups;
    }

    private static final class Building {
        private final Objects base;
        private final Objects wanted;
        private final Memory memory;
        private final List<Integer> olds = new ArrayList<>();
        private final List<Integer> news = new ArrayList<>();
        private final Set<Integer> distinct = new HashSet<>();
        private long oldBytes;
        private long newBytes;

        Building(Objects base, Objects wanted, Memory memory) {
            this.base = base;
            this.wanted = wanted;
            this.memory = memory;
        }

        /** One that has no room at all has a group of its own. */
        boolean hasRoom(int number, OptionalInt old) {
            return news.isEmpty()
                    || memory.hasRoomForPatch(
                            oldBytes + added(old),
                            newBytes + wanted.contents().get(number).size());
        }

        void add(int number, OptionalInt old) {
            oldBytes += added(old);
            newBytes += wanted.contents().get(number).size();
            news.add(number);
            old.ifPresent(each -> {
                if (distinct.add(each)) {
                    olds.add(each);
                }
            });
        }

        Group group() {
            return new Group(olds, news);
        }

        private long added(OptionalInt old) {
            return old.isEmpty() || distinct.contains(old.getAsInt())
                    ? 0
                    : base.contents().get(old.getAsInt()).size();
        }
    }
}
