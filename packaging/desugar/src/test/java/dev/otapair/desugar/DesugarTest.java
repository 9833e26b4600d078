package dev.otapair.desugar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles one class with every kind of lambda and record, and runs it before and after. */
class DesugarTest {
    private static final String EVERY_KIND = """
            import java.util.*;
            import java.util.concurrent.Callable;
            import java.util.function.*;

            public class EveryKind implements Callable<List<Object>> {
                private int calls;
                private final long number = 7;

                interface Sum { long of(int a, long b, double c); }

                interface Named {
                    String name();
                    private String shouted() { return name().toUpperCase(Locale.ROOT); }
                    default Supplier<String> shout() { return () -> shouted() + name(); }
                    static Supplier<String> quiet() { return () -> "quiet"; }
                }

                static final class Inner<T extends Comparable<T>> {
                    private final T value;
                    private Inner(T value) { this.value = value; }
                    Predicate<T> above() { return other -> value.compareTo(other) > 0; }
                }

                private static <T> T twice(T value, UnaryOperator<T> step) { return step.apply(step.apply(value)); }

                private long longer(long value) { return value + number; }

                static class Parent { protected String who() { return "parent"; } }
                static class Child extends Parent {
                    @Override protected String who() { return "child"; }
                    Supplier<String> parent() { return super::who; }
                }

                public List<Object> call() throws Exception {
                    List<Object> said = new ArrayList<>();
                    Supplier<String> nothing = () -> "nothing captured";
                    said.add(nothing.get());
                    byte b = 1; char c = 'c'; short s = 2; float f = 3.5f; boolean yes = true; double d = 2.25;
                    Supplier<Object> all = () -> List.of(b, c, s, f, yes, d, number, said.size());
                    said.add(all.get());
                    Function<Integer, Long> widened = this::longer;
                    said.add(widened.apply(5));
                    ToLongFunction<Integer> unboxed = this::longer;
                    said.add(unboxed.applyAsLong(6));
                    Function<Character, String> widenedCharacter = Character::getName;
                    said.add(widenedCharacter.apply('x'));
                    ToLongFunction<Character> longCharacter = x -> x;
                    said.add(longCharacter.applyAsLong('y'));
                    IntFunction<Object> boxed = Integer::valueOf;
                    said.add(boxed.apply(4));
                    IntToLongFunction wide = i -> i;
                    said.add(wide.applyAsLong(-3));
                    Sum sum = (x, y, z) -> x + y + (long) z;
                    said.add(sum.of(1, 2, 3.9));
                    Function<String, Integer> length = String::length;
                    said.add(length.apply("four"));
                    Supplier<Integer> bound = "bound"::length;
                    said.add(bound.get());
                    Function<String, StringBuilder> made = StringBuilder::new;
                    said.add(made.apply("made").append('!').toString());
                    IntFunction<int[]> array = int[]::new;
                    said.add(array.apply(3).length);
                    Consumer<List<Object>> dropped = list -> list.add("dropped");
                    dropped.accept(said);
                    Consumer<Object> referred = said::add;
                    referred.accept("referred");
                    Map<String, Long> counted = new TreeMap<>();
                    LongConsumer longDropped = counted.computeIfAbsent("a", k -> 3L)::compareTo;
                    longDropped.accept(3);
                    counted.merge("a", 4L, Long::sum);
                    said.add(counted);
                    Runnable changes = () -> calls++;
                    changes.run();
                    changes.run();
                    said.add(calls);
                    Named named = () -> "name";
                    said.add(named.shout().get() + Named.quiet().get());
                    said.add(new Inner<>("b").above().test("a"));
                    Function<Integer, Inner<Integer>> inner = Inner::new;
                    said.add(inner.apply(3).value);
                    said.add(twice(3, x -> x * x));
                    said.add(new Child().parent().get());
                    Supplier<Supplier<Integer>> nested = () -> () -> said.size();
                    said.add(nested.get().get());
                    BinaryOperator<Integer> greater = BinaryOperator.maxBy(Comparator.comparing(x -> -x));
                    said.add(greater.apply(3, 4));
                    Supplier<String> marked = (Supplier<String> & java.io.Serializable) () -> "marked";
                    said.add(marked.get());
                    said.add(nothing() == nothing());
                    said.addAll(records());
                    return said;
                }

                record None() {}
                record All(int i, long l, boolean z, byte b, short s, char c, float f, double d, String t, int[] a, Object o) {}
                record Pair<A, B>(A first, B second) {
                    Supplier<A> lazily() { return () -> first; }
                }

                private static List<Object> records() {
                    int[] array = {1};
                    All one = new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", null, List.of(1));
                    All like = new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", null, List.of(1));
                    List<Object> said = new ArrayList<>(List.of(one.equals(like), one.hashCode(), one.toString()));
                    All[] others = {
                        new All(2, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 41, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, false, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) 3, (short) 4, 'c', 1.5f, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 5, 'c', 1.5f, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 4, 'd', 1.5f, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', Float.NaN, -0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, 0.0, "t", null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, null, null, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", array, List.of(1)),
                        new All(1, 2L << 40, true, (byte) -3, (short) 4, 'c', 1.5f, -0.0, "t", null, null),
                    };
                    for (All other : others) {
                        said.add(one.equals(other));
                        said.add(other.equals(new All(other.i, other.l, other.z, other.b, other.s, other.c, other.f, other.d,
                                other.t, other.a, other.o)));
                        said.add(other.a == null ? other.hashCode() + other.toString() : "an array has no words");
                    }
                    said.add(one.equals(null));
                    said.add(one.equals("one"));
                    said.add(new None().equals(new None()));
                    said.add(new None().hashCode() + new None().toString());
                    Pair<String, Integer> pair = new Pair<>("a", null);
                    said.add(pair.lazily().get() + pair + pair.hashCode());
                    said.add(new HashSet<>(List.of(pair, new None(), one, others[1])).contains(like));
                    return said;
                }

                private static Runnable nothing() { return () -> {}; }
            }
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void compile() throws IOException {
        compile(EVERY_KIND);
    }

    private void compile(String text) throws IOException {
        Path source = Files.writeString(folder.resolve("EveryKind.java"), text);
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "--release", "17", "-d", folder.toString(), source.toString()))
                .isZero();
    }

    @Test
    void everythingMeansWhatItMeant() throws Exception {
        Object before = said();

        Desugar.main(folder.toString());

        assertThat(said()).isEqualTo(before);
        assertThat(bytes().keySet().stream().filter(name -> name.contains(Closure.INFIX)))
                .hasSizeGreaterThan(25);
        assertThat(isMadeAtRunTime("EveryKind$Pair")).isFalse();
        assertThat(isMadeAtRunTime("EveryKind$All")).isFalse();
    }

    @Test
    void whatWasDoneIsNotDoneAgain() throws Exception {
        Desugar.main(folder.toString());
        Map<String, byte[]> once = bytes();

        Desugar.main(folder.toString());

        assertThat(bytes()).usingRecursiveComparison().isEqualTo(once);
    }

    @Test
    void whatIsCompiledAnewIsDoneAnew() throws Exception {
        Desugar.main(folder.toString());
        Map<String, byte[]> once = bytes();
        Files.write(folder.resolve("EveryKind$$Closure999.class"), new byte[] {1});
        compile();

        Desugar.main(folder.toString());

        assertThat(bytes()).usingRecursiveComparison().isEqualTo(once);
    }

    @Test
    void closuresOfWhatIsGoneAreRemoved() throws Exception {
        Desugar.main(folder.toString());
        compile("public class EveryKind { Object none = null; record Named(int number) {} }");
        Files.delete(folder.resolve("EveryKind$Child.class"));
        Files.delete(folder.resolve("EveryKind$Inner.class"));

        Desugar.main(folder.toString());

        assertThat(bytes().keySet()).noneMatch(name -> name.startsWith("EveryKind" + Closure.INFIX));
        assertThat(bytes().keySet()).noneMatch(name -> name.startsWith("EveryKind$Child" + Closure.INFIX));
        assertThat(bytes().keySet()).noneMatch(name -> name.startsWith("EveryKind$Inner" + Closure.INFIX));
    }

    /** As where a build is ended in the middle: the host does not name its closures yet. */
    @Test
    void runThatWasEndedIsGoneOnWith() throws Exception {
        Object before = said();
        byte[] host = Files.readAllBytes(folder.resolve("EveryKind.class"));
        Desugar.main(folder.toString());
        Map<String, byte[]> whole = bytes();
        Files.write(folder.resolve("EveryKind.class"), host);
        Files.delete(folder.resolve("EveryKind$$Closure1.class"));

        Desugar.main(folder.toString());

        assertThat(said()).isEqualTo(before);
        assertThat(bytes()).usingRecursiveComparison().isEqualTo(whole);
    }

    private boolean isMadeAtRunTime(String name) throws IOException {
        String bytes = Files.readString(folder.resolve(name + ".class"), StandardCharsets.ISO_8859_1);
        return bytes.contains("BootstrapMethods");
    }

    private Object said() throws Exception {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, null)) {
            return ((Callable<?>) loader.loadClass("EveryKind").getConstructor().newInstance()).call();
        }
    }

    private Map<String, byte[]> bytes() throws IOException {
        Map<String, byte[]> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".class")).toList()) {
                all.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return all;
    }
}
