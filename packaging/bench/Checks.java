import dev.otapair.client.Updater;
import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.config.IniFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/** Checks again and again, as a board does, for so many seconds; prints how often: java -cp 'ota-client/lib/*' Checks.java CONFIG SECONDS. */
public class Checks {
    public static void main(String[] words) {
        IniFile file = IniFile.read(Path.of(words[0]).toAbsolutePath());
        ClientConfig config = ClientConfig.read(file, Map.of());
        config.logLevel().apply();
        long end = System.nanoTime() + (long) (Double.parseDouble(words[1]) * 1e9);
        int done = 0;
        while (System.nanoTime() < end) {
            new Updater(config, Map.of(), new Interruption(), Clock.systemUTC()).check();
            done++;
        }
        System.out.println(done);
    }
}
