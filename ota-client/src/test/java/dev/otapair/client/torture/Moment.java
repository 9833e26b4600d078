package dev.otapair.client.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * When an installation is disturbed: some time after a step of it has begun, so that short ones are met as often as long ones.
 *
 * @param step as the journal has it; empty for the time before there is a journal
 * @param millis after that
 */
record Moment(String step, int millis) {
    private static final List<String> GOOD = List.of("", "preparing", "applying", "running", "probation", "good");
    private static final List<String> BAD = List.of("", "preparing", "applying", "running", "probation", "undoing");
    private static final String PROBATION = "probation";

    /** The start of a program takes that, and so does the proof. */
    private static final int LONG_MILLIS = 1_200;

    /** Mostly less: some steps are over in no time. */
    private static final int SHORT_MILLIS = 100;

    /** Chooses one. */
    static Moment any(boolean isBad, Random random) {
        List<String> steps = isBad ? BAD : GOOD;
        String step = steps.get(random.nextInt(steps.size()));
        boolean isLong = step.isEmpty() || step.equals(PROBATION);
        int most = isLong ? LONG_MILLIS : 1 + random.nextInt(SHORT_MILLIS);
        return new Moment(step, random.nextInt(most));
    }

    /**
     * Waits for it.
     *
     * @param journal where it is, once it is there
     * @param isOver whether it will not come any more
     */
    void await(Path journal, BooleanSupplier isOver) throws IOException, InterruptedException {
        while (!isOver.getAsBoolean() && !has(journal)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    private boolean has(Path journal) throws IOException {
        return step.isEmpty() || stepIn(journal).equals(step);
    }

    /** Returns the step that a journal has; empty if there is none. */
    static String stepIn(Path journal) throws IOException {
        try {
            return Files.readAllLines(journal).stream()
                    .filter(line -> line.startsWith("step="))
                    .map(line -> line.substring("step=".length()))
                    .findFirst()
                    .orElse("");
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    @Override
    public String toString() {
        return "%d ms after %s".formatted(millis, step.isEmpty() ? "its start" : step);
    }
}
