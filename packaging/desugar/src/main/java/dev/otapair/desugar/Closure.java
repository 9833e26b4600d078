package dev.otapair.desugar;

import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.GeneratorAdapter;
import org.objectweb.asm.commons.Method;

/**
 * The class of one lambda: it has what the lambda captured as fields, and one method, which calls the lambda's body. Its
 * meaning is that of {@code java.lang.invoke.LambdaMetafactory.metafactory}, whose arguments it takes.
 *
 * @param name of the class, as the class file spells it
 * @param host the host of the nest that the body is in, which may be private there
 * @param version of the class file
 * @param function the name of the interface's one method
 * @param factory the captured types, to the interface
 * @param erased the type of the interface's method, as it is called
 * @param body what it does
 * @param exact the type of the interface's method, as this lambda means it
 */
record Closure(
        String name, String host, int version, String function, Type factory, Type erased, Handle body, Type exact) {

    /** Between the name of the class that has the lambda and the lambda's number there. */
    static final String INFIX = "$$Closure";

    private static final Type OBJECT = Type.getType(Object.class);
    private static final Type CHARACTER = Type.getType(Character.class);
    private static final Method CONSTRUCTOR = Method.getMethod("void <init> ()");
    private static final String ONLY = "ONLY";
    private static final String MAKE = "of";

    static boolean isMadeBy(Handle bootstrap) {
        return bootstrap.getOwner().equals("java/lang/invoke/LambdaMetafactory")
                && bootstrap.getName().equals("metafactory");
    }

    /** Adds what leaves the closure on the stack, in place of what it captures. */
    void visitUse(MethodVisitor code) {
        if (captured().length == 0) {
            code.visitFieldInsn(Opcodes.GETSTATIC, name, ONLY, type().getDescriptor());
        } else {
            code.visitMethodInsn(Opcodes.INVOKESTATIC, name, MAKE, factory.getDescriptor(), false);
        }
    }

    byte[] toBytes() {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(
                version,
                Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC,
                name,
                null,
                OBJECT.getInternalName(),
                new String[] {type().getInternalName()});
        writer.visitNestHost(host);
        writeConstructor(writer);
        if (captured().length == 0) {
            writeOnly(writer);
        } else {
            writeMake(writer);
        }
        writeFunction(writer);
        writer.visitEnd();
        return writer.toByteArray();
    }

    private Type type() {
        return factory.getReturnType();
    }

    private Type self() {
        return Type.getObjectType(name);
    }

    private Type[] captured() {
        return factory.getArgumentTypes();
    }

    private Method constructor() {
        return new Method("<init>", Type.VOID_TYPE, captured());
    }

    private static String field(int index) {
        return "captured" + index;
    }

    private void writeConstructor(ClassWriter writer) {
        GeneratorAdapter code = new GeneratorAdapter(Opcodes.ACC_PRIVATE, constructor(), null, null, writer);
        code.loadThis();
        code.invokeConstructor(OBJECT, CONSTRUCTOR);
        for (int i = 0; i < captured().length; i++) {
            writer.visitField(
                            Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL,
                            field(i),
                            captured()[i].getDescriptor(),
                            null,
                            null)
                    .visitEnd();
            code.loadThis();
            code.loadArg(i);
            code.putField(self(), field(i), captured()[i]);
        }
        code.returnValue();
        code.endMethod();
    }

    /** One that captured nothing exists once, as {@code LambdaMetafactory} has it. */
    private void writeOnly(ClassWriter writer) {
        writer.visitField(Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, ONLY, type().getDescriptor(), null, null)
                .visitEnd();
        GeneratorAdapter code =
                new GeneratorAdapter(Opcodes.ACC_STATIC, Method.getMethod("void <clinit> ()"), null, null, writer);
        code.newInstance(self());
        code.dup();
        code.invokeConstructor(self(), CONSTRUCTOR);
        code.putStatic(self(), ONLY, type());
        code.returnValue();
        code.endMethod();
    }

    private void writeMake(ClassWriter writer) {
        GeneratorAdapter code =
                new GeneratorAdapter(Opcodes.ACC_STATIC, new Method(MAKE, factory.getDescriptor()), null, null, writer);
        code.newInstance(self());
        code.dup();
        code.loadArgs();
        code.invokeConstructor(self(), constructor());
        code.returnValue();
        code.endMethod();
    }

    private void writeFunction(ClassWriter writer) {
        GeneratorAdapter code = new GeneratorAdapter(
                Opcodes.ACC_PUBLIC, new Method(function, erased.getDescriptor()), null, null, writer);
        if (body.getTag() == Opcodes.H_NEWINVOKESPECIAL) {
            code.newInstance(owner());
            code.dup();
        }
        List<Type> wanted = bodyArguments();
        for (int i = 0; i < captured().length; i++) {
            code.loadThis();
            code.getField(self(), field(i), captured()[i]);
            convert(code, captured()[i], wanted.get(i));
        }
        Type[] called = erased.getArgumentTypes();
        Type[] meant = exact.getArgumentTypes();
        for (int i = 0; i < called.length; i++) {
            code.loadArg(i);
            convert(code, called[i], meant[i]);
            convert(code, meant[i], wanted.get(captured().length + i));
        }
        convertResult(code, call(code));
        code.returnValue();
        code.endMethod();
    }

    private Type owner() {
        return Type.getObjectType(body.getOwner());
    }

    private List<Type> bodyArguments() {
        List<Type> types = new ArrayList<>();
        if (body.getTag() != Opcodes.H_INVOKESTATIC && body.getTag() != Opcodes.H_NEWINVOKESPECIAL) {
            types.add(owner());
        }
        types.addAll(List.of(Type.getArgumentTypes(body.getDesc())));
        return types;
    }

    /** Calls the body. A private method is called as any other: the closure is in its nest. */
    private Type call(MethodVisitor code) {
        int instruction = switch (body.getTag()) {
            case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
            case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
            case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
            case Opcodes.H_INVOKEVIRTUAL, Opcodes.H_INVOKESPECIAL ->
                body.isInterface() ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
            default -> throw new IllegalStateException("a lambda is not of a field: " + body);
        };
        code.visitMethodInsn(instruction, body.getOwner(), body.getName(), body.getDesc(), body.isInterface());
        return body.getTag() == Opcodes.H_NEWINVOKESPECIAL ? owner() : Type.getReturnType(body.getDesc());
    }

    private void convertResult(GeneratorAdapter code, Type result) {
        if (erased.getReturnType().equals(Type.VOID_TYPE)) {
            if (result.getSize() == 2) {
                code.pop2();
            } else if (result.getSize() == 1) {
                code.pop();
            }
        } else {
            convert(code, result, exact.getReturnType());
            convert(code, exact.getReturnType(), erased.getReturnType());
        }
    }

    private static void convert(GeneratorAdapter code, Type from, Type to) {
        if (from.equals(to) || !isPrimitive(from) && to.equals(OBJECT)) {
            return;
        }
        if (isPrimitive(from) && isPrimitive(to)) {
            code.cast(from, to);
        } else if (isPrimitive(from)) {
            code.valueOf(from);
        } else if (from.equals(CHARACTER) && isPrimitive(to)) {
            // The one that is boxed, and widened, and no Number.
            code.unbox(Type.CHAR_TYPE);
            code.cast(Type.CHAR_TYPE, to);
        } else {
            code.unbox(to);
        }
    }

    private static boolean isPrimitive(Type type) {
        return type.getSort() < Type.ARRAY;
    }
}
