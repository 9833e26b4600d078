package dev.otapair.desugar;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    /** Members to be added, by the nest's host: a closure calls the private method that holds its lambda's body. */
    private final Map<String, List<String>> nests = new TreeMap<>();

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
        List<Path> files;
        try (Stream<Path> found = Files.walk(folder)) {
            files = found.filter(Desugar::mayHaveLambdas).sorted().toList();
        }
        for (Path file : files) {
            ClassReader original = new ClassReader(Files.readAllBytes(file));
            ClassWriter desugared = new ClassWriter(ClassWriter.COMPUTE_MAXS);
            Rewriter rewriter = new Rewriter(desugared, hostOf(original));
            original.accept(rewriter, ClassReader.EXPAND_FRAMES);
            if (rewriter.isChanged()) {
                replace(file, desugared.toByteArray(), rewriter.closures);
            }
        }
        for (Map.Entry<String, List<String>> nest : nests.entrySet()) {
            addMembers(folder.resolve(nest.getKey() + SUFFIX), nest.getValue());
        }
    }

    private static boolean mayHaveLambdas(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX) && !name.contains(Closure.INFIX);
    }

    private void replace(Path file, byte[] desugared, List<Closure> closures) throws IOException {
        String outer = file.getFileName().toString().replace(SUFFIX, "");
        // Of an earlier build, whose class had more lambdas.
        try (DirectoryStream<Path> earlier =
                Files.newDirectoryStream(file.getParent(), outer + Closure.INFIX + "*" + SUFFIX)) {
            for (Path one : earlier) {
                Files.delete(one);
            }
        }
        for (Closure closure : closures) {
            Files.write(folder.resolve(closure.name() + SUFFIX), closure.toBytes());
            nests.computeIfAbsent(closure.host(), host -> new ArrayList<>()).add(closure.name());
        }
        Files.write(file, desugared);
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

    private static void addMembers(Path file, List<String> members) throws IOException {
        ClassReader host = new ClassReader(Files.readAllBytes(file));
        ClassWriter larger = new ClassWriter(0);
        List<String> all = new ArrayList<>(members);
        host.accept(
                new ClassVisitor(Opcodes.ASM9, larger) {
                    @Override
                    public void visitNestMember(String name) {
                        if (!name.contains(Closure.INFIX)) {
                            all.add(name);
                        }
                    }

                    @Override
                    public void visitEnd() {
                        all.forEach(name -> cv.visitNestMember(name));
                        super.visitEnd();
                    }
                },
                0);
        Files.write(file, larger.toByteArray());
    }

    /** Copies a class, with code in place of what Java would make. */
    private static final class Rewriter extends ClassVisitor {
        private final List<Closure> closures = new ArrayList<>();
        private final List<RecordMethod> recordMethods = new ArrayList<>();
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
            return closure;
        }

        private RecordMethod recordMethod(String method, String descriptor, Object... arguments) {
            RecordMethod made = RecordMethod.of(method, descriptor, arguments);
            recordMethods.add(made);
            return made;
        }
    }
}
