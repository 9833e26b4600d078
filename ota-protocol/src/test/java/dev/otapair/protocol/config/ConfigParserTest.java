package dev.otapair.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares our reading with the one of Python's configparser, where there is a Python. */
class ConfigParserTest {
    /** For each file one line: a field per value in base64, or {@code refused}. Line ends in values are folded. */
    private static final String SCRIPT = """
            import base64, configparser, re, sys
            for name in sys.argv[2:]:
                try:
                    ini = configparser.ConfigParser()
                    ini.read(name, encoding="utf-8-sig")
                    values = [re.sub("\\n+", " ", ini.get("S", key, fallback="").strip("\\n")) for key in sys.argv[1].split(",")]
                    print(" ".join("=" + base64.b64encode(v.encode()).decode() for v in values))
                except Exception:
                    print("refused")
            """;

    private static final List<String> KEYS = List.of("a", "b", "c");

    private static final List<String> CORPUS = List.of(
            "[S]\na = 1\n",
            "[S]\nA=1\nB:2\n",
            "[S]\na = x = y : z\n",
            "[S]\na: x = y\n",
            "[S]\na == b\n",
            "[DEFAULT]\na = 1\nb = 2\n[S]\nb = 3\n",
            "[S]\nb = 3\n[DEFAULT]\na = 1\n",
            "\ufeff[S]\r\na = 1\r\n# 注释\r\nb = 2\r\n",
            "[S]\na = 1 ; no comment\nb = 2 # no comment\n",
            "[S]\n;a = 1\n#b = 2\n  ; c = 3\n",
            "[S]\na = C:\\users\\new\nb = x\\\nc = \\u0041\n",
            "[S]\na = 100%%\nb = %(a)s!\nc = %%(a)s\n",
            "[DEFAULT]\na = %(b)s\n[S]\nb = deep\n",
            "[S]\na = %(B)s\nb = 1\n",
            "[S]\na = 50%\n",
            "[S]\na = %(none)s\n",
            "[S]\na = %(a)s\n",
            "[S]\na = 1\n  2\n  3\nb = 4\n",
            "[S]\na =\n  1\n",
            "[S]\na = 1\n\n  2\n",
            "[S]\na = 1\n# c\n  2\n",
            "[S]\na = 1\n  # c\n  2\n",
            "[S]\n  a = 1\n    2\n  b = 3\n",
            "[S]\n  a = 1\nb = 2\n",
            "[S]\n\ta = 1\n\tb = 2\n",
            "[S]\na = 1\n b = 2\n",
            "[S]\na = 1\n [T]\nb = 2\n",
            "  [S]\na = 1\n",
            "[S]\na = [x]\nb = \"q\"\nc = 'q'\n",
            "[S]\na =\nb =   \nc = 1\n",
            "[S]\na = 1\na = 2\n",
            "[S]\na = 1\nA = 2\n",
            "[S]\na = 1\n[S]\nb = 2\n",
            "[S]\nnonsense\n",
            "a = 1\n",
            "[S]\n= 1\n",
            "[S\na = 1\n",
            "[s]\na = 1\n[S]\nb = 2\n",
            "[S]\na\u3000=\u30001\u3000\n",
            "[S]\na = 固件 1.4.0\nb = é\n",
            "[S]\na b = 1\nb = 2\n",
            "[S]\na = 1\rb = 2\r",
            "\n\n[S]\n\n\na = 1",
            "[S] # comment\na = 1\n",
            "[S];x\na = 1\n",
            "[S]x\na = 1\n",
            "[S] = 1\na = 1\n",
            "[S]\n[] = 1\n[x = 2\na = 1\n",
            "[]\na = 1\n",
            "[ S ]\na = 1\n[S]\nb = 2\n",
            "[S ]\na = 1\n[S]\nb = 2\n",
            "[\u00a0S]\na = 1\n",
            "\u00a0[S]\na = 1\n",
            "[DEFAULT]\na = 1\n[S]\nc = 3\n[DEFAULT]\nb = 2\n",
            "[DEFAULT]\na = 1\n[DEFAULT]\na = 2\n[S]\n",
            "[DEFAULT]\na = 1\n[S]\na = 2\n",
            "[S]\na\u00a0=\u00a01\u00a0\n",
            "[S]\na\u2007:\u202f1\u2007\n\u202fb = 2\n",
            "[S]\na = 1\n\u00a0\u00a0x\nb = 2\n",
            "[S]\na = 1\n\u0085x\n",
            "[S]\na = 1\n\u00a0# comment\nb = 2\n",
            "[S]\na = x\u00a0\u3000y\tz\n",
            "[S]\na = \u0001x\u0001\nb =\u0001\nc = \u007f\n",
            "[S]\n\u0001a = 1\nb\u0001 = 2\nc = 3\n",
            "\u0001[S]\na = 1\n",
            "[S]\na = \u001cx\u001f\n",
            "[S]\na = \u200bx\ufeff\n",
            "[S]\na = 1\n  [T]\n",
            "[S]\n  [T]\na = 1\n",
            "[S]\na = \"\nb = \"\"\nc = \"x\n",
            "[S]\n\"a\" = 1\na = 2\n",
            "[S]\na\uff1d1\n",
            "[S]\na = 1\nb\uff1a2\n",
            "[S]\na 1\n  2\n",
            "[T]\na = 1\n[T]\nb = 2\n[S]\n",
            "[S]\nA\u00a0= 1\na = 2\n");

    @TempDir
    private Path folder;

    private String ours(Path file) {
        try {
            ConfigFaults faults = new ConfigFaults();
            IniSection section = IniFile.read(file).section("S", faults);
            List<String> values = KEYS.stream()
                    .map(key -> section.text(key).orElse(""))
                    .map(value -> "=" + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)))
                    .toList();
            faults.throwIfAny();
            return String.join(" ", values);
        } catch (OtaException e) {
            return "refused";
        }
    }

    private List<String> pythons(List<Path> files) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3", "-c", SCRIPT, String.join(",", KEYS)));
        files.forEach(file -> command.add(file.toString()));
        Process python = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = new String(python.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .lines()
                .toList();
        assertThat(python.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return lines;
    }

    private static boolean hasPython() {
        try {
            return new ProcessBuilder("python3", "-c", "import configparser")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void readsWhatPythonReads() throws Exception {
        assumeTrue(hasPython(), "there is no python3");
        List<Path> files = new ArrayList<>();
        for (String text : CORPUS) {
            files.add(Files.writeString(folder.resolve("%02d.ini".formatted(files.size())), text));
        }

        List<String> expected = pythons(files);

        List<String> actual = files.stream().map(this::ours).toList();
        List<String> differing = new ArrayList<>();
        for (int i = 0; i < CORPUS.size(); i++) {
            if (!actual.get(i).equals(expected.get(i))) {
                differing.add("%s: python %s, ours %s".formatted(CORPUS.get(i), expected.get(i), actual.get(i)));
            }
        }
        assertThat(differing).isEmpty();
    }
}
