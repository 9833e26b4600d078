package dev.otapair.desugar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Makes a class of each lambda and method reference, and code of each record's methods, in a folder of compiled classes, as compilers
 * did before Java had a way to make them at run time. That way costs every start: to link one lambda takes Java five times as long as to
 * take a class from a class-data archive, and a run of the client that finds nothing new links two hundred.
 *
 * <p>What was done is not done again, so that it can be run over the same folder twice. Serializable and marked lambdas stay lambdas.
 */
public final class Desugar {
    private static final String SUFFIX = ".class";

    private final Path folder;

    /** The closures that the classes here use. */
    private final Set<String> used = new HashSet<>();

    private Desugar(Path folder) {
        this.folder = folder;
    }

    /** @param arguments the folders with the classes of a module each; one that is not there is left out */
    public static void main(String... arguments) throws IOException {
        for (String folder : arguments) {
            if (Files.isDirectory(Path.of(folder))) {
                new Desugar(Path.of(folder)).run();
            }
        }
    }

    private void run() throws IOException {
        for (Path file : classes(name -> !name.contains(Closure.INFIX))) {
            ClassReader original = new ClassReader(Files.readAllBytes(file));
            ClassWriter desugared = new ClassWriter(ClassWriter.COMPUTE_MAXS);
            Rewriter rewriter = new Rewriter(desugared, hostOf(original));
            original.accept(rewriter, ClassReader.EXPAND_FRAMES);
            used.addAll(rewriter.used);
            if (rewriter.isChanged()) {
                // What it uses is there before it is: who is ended here goes on at the next run.
                for (Closure closure : rewriter.closures) {
                    write(fileOf(closure.name()), closure.toBytes());
                }
                write(file, desugared.toByteArray());
            }
        }
        removeUnused();
        for (Map.Entry<String, Set<String>> nest : nests().entrySet()) {
            setMembers(fileOf(nest.getKey()), nest.getValue());
        }
    }

    /** Removes those of classes that are gone, or have fewer lambdas than they had. */
    private void removeUnused() throws IOException {
        for (Path file : classes(name -> name.contains(Closure.INFIX))) {
            String name = folder.relativize(file).toString().replace(SUFFIX, "");
            if (!used.contains(name)) {
                Files.delete(file);
            }
        }
    }

    /** Returns the closures by the host of their nest, which has to name them: they call methods that are private there. */
    private Map<String, Set<String>> nests() throws IOException {
        Map<String, Set<String>> nests = new TreeMap<>();
        for (Path file : classes(name -> true)) {
            ClassReader read = new ClassReader(Files.readAllBytes(file));
            Set<String> members = nests.computeIfAbsent(hostOf(read), host -> new TreeSet<>());
            if (read.getClassName().contains(Closure.INFIX)) {
                members.add(read.getClassName());
            }
        }
        return nests;
    }

    private static void setMembers(Path file, Set<String> closures) throws IOException {
        ClassReader host = new ClassReader(Files.readAllBytes(file));
        Set<String> before = new TreeSet<>();
        Set<String> others = new LinkedHashSet<>();
        host.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public void visitNestMember(String name) {
                        (name.contains(Closure.INFIX) ? before : others).add(name);
                    }
                },
                ClassReader.SKIP_CODE);
        if (before.equals(closures)) {
            return;
        }
        ClassWriter complete = new ClassWriter(0);
        host.accept(
                new ClassVisitor(Opcodes.ASM9, complete) {
                    @Override
                    public void visitNestMember(String name) {
                        // All of them come at the end.
                    }

                    @Override
                    public void visitEnd() {
                        others.forEach(name -> cv.visitNestMember(name));
                        closures.forEach(name -> cv.visitNestMember(name));
                        super.visitEnd();
                    }
                },
                0);
        write(file, complete.toByteArray());
    }

    private List<Path> classes(Predicate<String> isWanted) throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.filter(file -> file.toString().endsWith(SUFFIX))
                    .filter(file -> isWanted.test(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
    }

    private Path fileOf(String name) {
        return folder.resolve(name + SUFFIX);
    }

    /** A build that is ended leaves no half of a class. */
    private static void write(Path file, byte[] bytes) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
        Files.write(unfinished, bytes);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String hostOf(ClassReader read) {
        String[] host = {read.getClassName()};
        read.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public void visitNestHost(String name) {
                        host[0] = name;
                    }
                },
                ClassReader.SKIP_CODE);
        return host[0];
    }

    /** Copies a class, with code in place of what Java would make. */
    private static final class Rewriter extends ClassVisitor {
        private final List<Closure> closures = new ArrayList<>();
        private final List<RecordMethod> recordMethods = new ArrayList<>();
        private final Set<String> used = new HashSet<>();
        private final String host;
        private int version;
        private String name;

        Rewriter(ClassVisitor next, String host) {
            super(Opcodes.ASM9, next);
            this.host = host;
        }

        boolean isChanged() {
            return !closures.isEmpty() || !recordMethods.isEmpty();
        }

        @Override
        public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            this.version = version;
            this.name = name;
            super.visit(version, access, name, signature, parent, interfaces);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String method, String descriptor, String signature, String[] exceptions) {
            return new MethodVisitor(
                    Opcodes.ASM9, super.visitMethod(access, method, descriptor, signature, exceptions)) {
                @Override
                public void visitFieldInsn(int instruction, String owner, String field, String type) {
                    noteUse(owner);
                    super.visitFieldInsn(instruction, owner, field, type);
                }

                @Override
                public void visitMethodInsn(
                        int instruction, String owner, String called, String type, boolean isInterface) {
                    noteUse(owner);
                    super.visitMethodInsn(instruction, owner, called, type, isInterface);
                }

                @Override
                public void visitInvokeDynamicInsn(
                        String function, String factory, Handle bootstrap, Object... arguments) {
                    if (Closure.isMadeBy(bootstrap)) {
                        closure(function, factory, arguments).visitUse(mv);
                    } else if (RecordMethod.isMadeBy(bootstrap)) {
                        recordMethod(function, factory, arguments).visitUse(mv);
                    } else {
                        super.visitInvokeDynamicInsn(function, factory, bootstrap, arguments);
                    }
                }
            };
        }

        @Override
        public void visitEnd() {
            recordMethods.forEach(method -> method.visit(cv));
            super.visitEnd();
        }

        private void noteUse(String owner) {
            if (owner.contains(Closure.INFIX)) {
                used.add(owner);
            }
        }

        private Closure closure(String function, String factory, Object... arguments) {
            Closure closure = new Closure(
                    name + Closure.INFIX + (closures.size() + 1),
                    host,
                    version,
                    function,
                    Type.getMethodType(factory),
                    (Type) arguments[0],
                    (Handle) arguments[1],
                    (Type) arguments[2]);
            closures.add(closure);
            used.add(closure.name());
            return closure;
        }

        private RecordMethod recordMethod(String method, String descriptor, Object... arguments) {
            RecordMethod made = RecordMethod.of(method, descriptor, arguments);
            recordMethods.add(made);
            return made;
        }
    }
}
