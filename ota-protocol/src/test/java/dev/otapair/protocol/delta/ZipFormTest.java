package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.otapair.protocol.delta.Zips.Form;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was taken apart comes together again, byte for byte, or is not taken apart. */
class ZipFormTest {
    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void everyContentIsInflatedWhateverTheLevel(int level) throws IOException {
        byte[] zip = Zips.deflated(level, Zips.files(random, 40));

        Form form = Zips.expanded(folder, zip);

        assertThat(form.expansion().inflated()).isEqualTo(40);
        assertThat(form.expansion().kept()).isZero();
        assertComesBack(form.bytes(), zip, "seed %d", seed);
    }

    @Test
    void contentThatNoLevelGivesStaysAsItIs() throws IOException {
        byte[] zip = Zips.deflated(0, Zips.files(random, 10));

        Form form = Zips.expanded(folder, zip);

        assertThat(form.expansion().kept()).isPositive();
        assertComesBack(form.bytes(), zip, "seed %d", seed);
    }

    /** So what comes next to nothing in a patch is next to nothing: checksums, sizes, offsets, all but names. */
    @Test
    void fieldsThatFollowFromContentsAreZero() throws IOException {
        byte[] zip = Zips.deflated(6, Map.of("name", ZstdContents.text(random, 5000)));
        int local = 30 + 4;

        byte[] form = Zips.expanded(folder, zip).bytes();

        int descriptor = ZipSegment.BYTES + local + ZipSegment.BYTES + 5000 + ZipSegment.BYTES;
        assertThat(Arrays.copyOfRange(form, descriptor + 4, descriptor + 16)).containsOnly(0);
        int central = descriptor + 16;
        assertThat(Arrays.copyOfRange(form, central + 12, central + 28)).containsOnly(0);
        assertThat(Arrays.copyOfRange(form, central + 42, central + 46)).containsOnly(0);
    }

    @Test
    void contentThatIsKeptInMemoryForItsHeaderMayBeLongerThanThat() throws IOException {
        for (int size : new int[] {0, 1, ZipLiterals.MAX_KEPT - 100, ZipLiterals.MAX_KEPT, 3 * ZipLiterals.MAX_KEPT}) {
            byte[] zip = withSizesInFront("name", ZstdContents.noise(random, size));

            Form form = Zips.expanded(folder, zip);

            assertThat(form.expansion().inflated()).isEqualTo(1);
            assertComesBack(form.bytes(), zip, "%d bytes, seed %d", size, seed);
            boolean isZero =
                    ByteBuffer.wrap(form.bytes(), ZipSegment.BYTES + 14, 12).getLong() == 0;
            assertThat(isZero).isEqualTo(size < ZipLiterals.MAX_KEPT);
        }
    }

    @Test
    void zipWithinAZipIsTakenApartAsWell() throws IOException {
        byte[] inner = Zips.deflated(6, Zips.files(random, 10));
        byte[] other = Zips.deflated(9, Zips.files(random, 10));
        byte[] zip = join(
                Zips.stored(Map.of("lib/a.jar", inner, "lib/b.jar", other)), Zips.deflated(6, Zips.files(random, 3)));

        Form form = Zips.expanded(folder, zip);

        assertThat(form.expansion().inflated()).isEqualTo(23);
        assertComesBack(form.bytes(), zip, "seed %d", seed);
    }

    /** Each of these is in some zip somewhere. */
    @Test
    void oddZipsComeBack() throws IOException {
        Map<String, byte[]> files = Zips.files(random, 5);
        byte[] zip = Zips.deflated(6, files);
        byte[] encrypted = zip.clone();
        encrypted[6] |= 1;
        byte[] longSizes = zip.clone();
        longSizes[4] = 45;
        List<byte[]> odd = List.of(
                new byte[0],
                new byte[] {'P'},
                "PK\3\4".getBytes(StandardCharsets.ISO_8859_1),
                Zips.deflated(6, Map.of()),
                Zips.stored(files),
                join("#!/bin/sh\nexec java -jar $0\n".getBytes(StandardCharsets.UTF_8), zip),
                join(zip, ZstdContents.text(random, 70_000)),
                join(zip, zip),
                encrypted,
                longSizes,
                Arrays.copyOf(zip, 30),
                Arrays.copyOf(zip, zip.length / 2));

        for (byte[] each : odd) {
            assertComesBack(
                    Zips.expanded(folder, each).bytes(),
                    each,
                    "%d of %d bytes, seed %d",
                    odd.indexOf(each),
                    each.length,
                    seed);
        }
    }

    /** What finds the fields must not depend on what changes, nor where reads begin and end. */
    @Test
    void anythingThatLooksLikeHeadersComesBack() throws IOException {
        for (int i = 0; i < 300; i++) {
            byte[] soup = soup(random.nextInt(1 << 4 + random.nextInt(14)));

            byte[] form = Zips.expanded(folder, soup).bytes();

            assertComesBack(form, soup, "%d, seed %d", i, seed);
        }
    }

    @Test
    void damagedZipsComeBackOrAreNotTakenApart() throws IOException {
        byte[] zip = Zips.deflated(6, Zips.files(random, 12));
        for (int i = 0; i < 100; i++) {
            byte[] damaged = Arrays.copyOf(zip, zip.length - random.nextInt(4) * random.nextInt(zip.length / 4));
            for (int edits = random.nextInt(6); edits >= 0; edits--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }

            byte[] form = Zips.expanded(folder, damaged).bytes();

            assertComesBack(form, damaged, "%d, seed %d", i, seed);
        }
    }

    @Test
    void moreEntriesThanAreRememberedComeBack() throws IOException {
        Map<String, byte[]> files = new java.util.LinkedHashMap<>();
        for (int i = 0; i < ZipEntries.MAX + 1000; i++) {
            files.put("n" + i, new byte[] {(byte) i, (byte) (i >> 8)});
        }
        byte[] zip = Zips.deflated(6, files);

        Form form = Zips.expanded(folder, zip);

        assertThat(form.expansion().inflated()).isEqualTo(files.size());
        assertComesBack(form.bytes(), zip, "");
    }

    @Test
    void sameBytesGiveTheSameFormHoweverTheyAreRead() throws IOException {
        byte[] zip = Zips.deflated(6, Zips.files(random, 20));

        byte[] form = Zips.expandedOld(folder, zip);

        assertThat(Zips.expandedOld(folder, zip)).isEqualTo(form);
        assertThat(Zips.expanded(folder, zip).bytes()).isEqualTo(form);
        for (int i = 0; i < 20; i++) {
            ByteArrayOutputStream made = new ByteArrayOutputStream();
            try (ZipRebuild rebuild = new ZipRebuild(made, zip.length)) {
                int at = 0;
                while (at < form.length) {
                    int count = Math.min(form.length - at, 1 + random.nextInt(1 << random.nextInt(18)));
                    rebuild.write(form, at, count);
                    at += count;
                }
                rebuild.finish();
            }
            assertThat(made.toByteArray()).as("seed %d", seed).isEqualTo(zip);
        }
    }

    @Test
    void bombIsNotTakenApart() throws IOException {
        byte[] zip = Zips.deflated(6, Map.of("zeros", new byte[64 * MEBIBYTE]));
        Path file = folder.resolve("form");

        try (FileChannel form =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertThat(ZipForm.expandOld(Patches.old(zip), form, Long.MAX_VALUE))
                    .isEmpty();
            assertThat(ZipForm.expandNew(Patches.old(zip), form, Long.MAX_VALUE))
                    .isEmpty();
            assertThat(form.size()).isLessThanOrEqualTo((long) ZipForm.MAX_RATIO * zip.length);
        }
    }

    /** Each header begins a content that is all of the rest, and breaks off at its end. */
    @Test
    void manyContentsInVainAreGivenUp() throws IOException {
        byte[] noise = Zips.deflated(6, Map.of("n", ZstdContents.noise(random, 8 * MEBIBYTE)));
        byte[] headers = new byte[30 * 20_000];
        for (int at = 0; at < headers.length; at += 30) {
            // Each one's name is what remains of the headers.
            System.arraycopy(noise, 0, headers, at, 30);
            int name = Math.min(4096, headers.length - at - 30);
            headers[at + 26] = (byte) name;
            headers[at + 27] = (byte) (name >> 8);
        }
        byte[] cut = Arrays.copyOf(join(headers, Arrays.copyOfRange(noise, 31, noise.length)), 8 * MEBIBYTE);
        Path file = folder.resolve("form");
        long start = System.nanoTime();

        try (FileChannel form = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(ZipForm.expandOld(Patches.old(cut), form, Long.MAX_VALUE))
                    .isEmpty();
        }

        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(20);
    }

    @Test
    void memoryIsBounded() throws IOException {
        byte[] zip = Zips.deflated(6, Map.of("large", ZstdContents.mixture(random, 48 * MEBIBYTE)));
        Path file = folder.resolve("form");
        OldContent old = Patches.old(zip);

        try (FileChannel form =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long before = allocated();
            Optional<ZipExpansion> expansion = ZipForm.expandNew(old, form, Long.MAX_VALUE);
            long expanding = allocated() - before;
            Zips.rebuild(
                    java.nio.channels.Channels.newInputStream(form.position(0)),
                    OutputStream.nullOutputStream(),
                    zip.length);
            long all = allocated() - before;

            assertThat(expansion).isPresent();
            assertThat(expanding).isLessThan(3 * MEBIBYTE);
            assertThat(all - expanding).isLessThan(2 * MEBIBYTE);
        }
    }

    @Test
    void zipsOfPythonComeBack() throws Exception {
        byte[] zips = program("python3", "-c", """
                import io, random, sys, zipfile
                r = random.Random(1)
                out = io.BytesIO()
                def content(n): return bytes(r.choice(b'abcdefgh\\n ') for _ in range(n))
                class Pipe(io.RawIOBase):
                    def writable(self): return True
                    def write(self, b): out.write(b); return len(b)
                for level in (1, 6, 9):
                    whole = io.BytesIO()
                    with zipfile.ZipFile(whole, 'w', zipfile.ZIP_DEFLATED, compresslevel=level) as z:
                        for i in range(20):
                            z.writestr('a/%d.txt' % i, content(r.randrange(1 << r.randrange(1, 17))))
                        with z.open('large', 'w', force_zip64=True) as f: f.write(content(50000))
                    out.write(whole.getvalue())
                    with zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED, compresslevel=level) as z:
                        for i in range(20):
                            z.writestr('b/%d.txt' % i, content(r.randrange(1 << r.randrange(1, 17))))
                sys.stdout.buffer.write(out.getvalue())
                """);

        Form form = Zips.expanded(folder, zips);

        assertThat(form.expansion().inflated()).isEqualTo(3 * 41);
        assertThat(form.expansion().kept()).isZero();
        assertComesBack(form.bytes(), zips, "");
    }

    /** It has another deflate, which gives the same for what is short. */
    @Test
    void zipsOfInfoZipComeBack() throws Exception {
        Path files = Files.createDirectory(folder.resolve("files"));
        for (Map.Entry<String, byte[]> file : Zips.files(random, 30).entrySet()) {
            Files.write(files.resolve(file.getKey().substring("folder/".length())), file.getValue());
        }
        byte[] zip = program("zip", "-q", "-r", "-", files.toString());

        Form form = Zips.expanded(folder, zip);

        assertThat(form.expansion().inflated()).isPositive();
        assertComesBack(form.bytes(), zip, "seed %d", seed);
    }

    @Test
    void jarsComeBack() throws IOException {
        List<Path> jars = jars();
        assumeTrue(jars.size() > 20, "there are no jars");
        Collections.shuffle(jars, random);

        for (Path jar : jars.subList(0, 20)) {
            byte[] zip = Files.readAllBytes(jar);

            Form form = Zips.expanded(folder, zip);

            assertComesBack(form.bytes(), zip, "%s", jar);
            assertThat(form.expansion().kept()).as("%s", jar).isZero();
        }
    }

    private static List<Path> jars() throws IOException {
        Path repository = Path.of(System.getProperty("user.home"), ".m2", "repository");
        if (!Files.isDirectory(repository)) {
            return List.of();
        }
        try (Stream<Path> files = Files.find(
                repository,
                20,
                (file, attributes) -> file.toString().endsWith(".jar") && attributes.size() < MEBIBYTE / 2)) {
            return new ArrayList<>(files.toList());
        }
    }

    private byte[] program(String... command) throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor()).isZero();
        return Files.readAllBytes(output);
    }

    private static void assertComesBack(byte[] form, byte[] zip, String what, Object... values) throws IOException {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        Zips.rebuild(new ByteArrayInputStream(form), made, zip.length);
        assertThat(Arrays.mismatch(made.toByteArray(), zip)).as(what, values).isEqualTo(-1);
    }

    private byte[] withSizesInFront(String name, byte[] content) throws IOException {
        byte[] zip = Zips.deflated(6, Map.of(name, content));
        int compressed = zip.length - 30 - name.length() - 16 - 46 - name.length() - 22;
        ByteBuffer bytes = ByteBuffer.wrap(zip.clone());
        bytes.put(6, (byte) 0);
        bytes.put(14, zip, 30 + name.length() + compressed + 4, 12);
        return bytes.array();
    }

    /** Headers, parts of headers, tiny contents, in any order. */
    private byte[] soup(int length) {
        ByteArrayOutputStream soup = new ByteArrayOutputStream();
        byte[] names = {'a', 'b', 'P', 'K', 3, 4};
        while (soup.size() < length) {
            byte[] header = ZstdContents.noise(random, random.nextInt(3) == 0 ? random.nextInt(60) : 46);
            int kind = random.nextInt(4);
            byte[] signature = {'P', 'K', (byte) (kind == 3 ? 7 : 1 + 2 * kind), (byte) (kind == 3 ? 8 : 2 + 2 * kind)};
            System.arraycopy(signature, 0, header, 0, Math.min(4, header.length));
            for (int at = 4; at < header.length; at++) {
                header[at] = switch (at) {
                    case 4, 6 -> (byte) random.nextInt(50);
                    case 8 -> (byte) (random.nextInt(4) == 0 ? 0 : 8);
                    case 26, 28 -> (byte) random.nextInt(4);
                    case 5, 7, 9, 27, 29 -> (byte) (random.nextInt(20) == 0 ? 1 : 0);
                    default -> header[at];
                };
            }
            soup.write(header, 0, kind == 1 ? Math.min(header.length, 30) : header.length);
            for (int i = random.nextInt(5); i > 0; i--) {
                soup.write(names[random.nextInt(names.length)]);
            }
            if (random.nextInt(2) == 0) {
                Deflater deflater = new Deflater(6, true);
                deflater.setInput(ZstdContents.text(random, random.nextInt(200)));
                deflater.finish();
                byte[] coded = new byte[1000];
                soup.write(coded, 0, deflater.deflate(coded));
                deflater.end();
            }
        }
        return soup.toByteArray();
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static long allocated() {
        return ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getCurrentThreadAllocatedBytes();
    }
}
