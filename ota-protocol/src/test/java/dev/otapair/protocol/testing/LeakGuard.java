package dev.otapair.protocol.testing;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which Netty finds a buffer that nobody released. Registered for all tests of each module that
 * has this jar: see {@code META-INF/services} and {@code junit-platform.properties} beside it. Needs
 * {@code io.netty.leakDetection.level=paranoid}, else only one buffer in 128 is watched.
 */
public final class LeakGuard implements BeforeAllCallback, AfterAllCallback {
    private static final long ENQUEUE_MILLIS = 10_000;
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    /** Public for the service loader. */
    public LeakGuard() {}

    /** Comes before the first buffer: Netty asks for its detector once, when its buffer classes are loaded. */
    @Override
    public void beforeAll(ExtensionContext context) {
        if (!(ResourceLeakDetectorFactory.instance() instanceof DetectorFactory)) {
            ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new DetectorFactory());
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        boolean isNested = context.getTestClass().map(Class::isMemberClass).orElse(true);
        if (!isNested) {
            List<String> leaks = drain();
            if (!leaks.isEmpty()) {
                throw new AssertionError(
                        "%d buffers were not released; the first: %s".formatted(leaks.size(), leaks.get(0)));
            }
        }
    }

    /** Collects garbage, and returns and forgets what leaks that brought to light. */
    static List<String> drain() throws InterruptedException {
        // The reference handler has no order: with the second canary, all that died with the first one is enqueued.
        awaitCollection();
        awaitCollection();
        // A detector looks at its queue when it is asked to watch the next buffer.
        ByteBufAllocator.DEFAULT.directBuffer(1).release();
        List<String> leaks = new ArrayList<>();
        for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
            leaks.add(leak);
        }
        return leaks;
    }

    private static void awaitCollection() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        PhantomReference<Object> canary = new PhantomReference<>(new Object(), queue);
        System.gc();
        if (queue.remove(ENQUEUE_MILLIS) != canary) {
            throw new IllegalStateException("no garbage was collected in " + ENQUEUE_MILLIS + " ms");
        }
    }

    private static final class DetectorFactory extends ResourceLeakDetectorFactory {
        @Override
        @Deprecated
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval, long maxActive) {
            return new Detector<>(type, interval);
        }

        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval) {
            return new Detector<>(type, interval);
        }
    }

    private static final class Detector<T> extends ResourceLeakDetector<T> {
        Detector(Class<T> type, int interval) {
            super(type, interval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String type, String records) {
            LEAKS.add(type + records);
        }

        @Override
        protected void reportUntracedLeak(String type) {
            LEAKS.add(type);
        }
    }
}
