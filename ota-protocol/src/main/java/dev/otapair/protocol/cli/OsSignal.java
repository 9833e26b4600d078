package dev.otapair.protocol.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;

/**
 * Signals a program answers itself. Java's own class for it is in every JDK from 8 to 25 but not in its API, hence the
 * reflection.
 */
public enum OsSignal {
    /** Read the configuration again, or: the terminal is gone. */
    HUP,
    /** Ctrl-C. */
    INT,
    /** The polite request to end: systemd, kill. */
    TERM;

    /**
     * Runs an action each time this signal comes, instead of what Java would do; on a thread of its own, which may block.
     * Where Java does not let the signal go (started with -Xrs), Java's own answer stays.
     */
    public void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object answer = Proxy.newProxyInstance(
                    OsSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        return answer(proxy, method.getName(), arguments, action);
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name()), answer);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw new IllegalStateException("SIG" + name() + " cannot be handled", e.getCause());
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Java has no signals", e);
        }
    }

    private static Object answer(Object proxy, String method, Object[] arguments, Runnable action) {
        return switch (method) {
            case "handle" -> {
                action.run();
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "answer to " + Arrays.toString(OsSignal.values());
        };
    }
}
