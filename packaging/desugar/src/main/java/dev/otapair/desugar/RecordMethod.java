package dev.otapair.desugar;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.GeneratorAdapter;
import org.objectweb.asm.commons.Method;

/**
 * {@code equals}, {@code hashCode} or {@code toString} of a record, which Java makes when it is first called. Its meaning is that of
 * {@code java.lang.runtime.ObjectMethods.bootstrap}, whose arguments it takes.
 *
 * @param name of the three
 * @param descriptor with the record as its first argument
 * @param components the record's fields, in their order
 */
record RecordMethod(String name, String descriptor, List<Handle> components) {
    private static final Type OBJECT = Type.getType(Object.class);
    private static final Type STRING = Type.getType(String.class);
    private static final Type OBJECTS = Type.getType(Objects.class);
    private static final Type BUILDER = Type.getType(StringBuilder.class);
    private static final int HASH_FACTOR = 31;

    static boolean isMadeBy(Handle bootstrap) {
        return bootstrap.getOwner().equals("java/lang/runtime/ObjectMethods");
    }

    /** @param arguments the record's class, the names of its components, and a getter of each */
    static RecordMethod of(String name, String descriptor, Object... arguments) {
        return new RecordMethod(
                name,
                descriptor,
                Arrays.stream(arguments).skip(2).map(Handle.class::cast).toList());
    }

    private Method method() {
        return new Method("record$" + name, descriptor);
    }

    private Type owner() {
        return Type.getArgumentTypes(descriptor)[0];
    }

    /** Adds a call to it, with its arguments on the stack. */
    void visitUse(MethodVisitor code) {
        code.visitMethodInsn(Opcodes.INVOKESTATIC, owner().getInternalName(), method().getName(), descriptor, false);
    }

    /** Adds the method to the record's class. */
    void visit(ClassVisitor record) {
        int access = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC;
        GeneratorAdapter code = new GeneratorAdapter(
                record.visitMethod(access, method().getName(), descriptor, null, null),
                access,
                method().getName(),
                descriptor);
        switch (name) {
            case "equals" -> writeEquals(code);
            case "hashCode" -> writeHashCode(code);
            case "toString" -> writeToString(code);
            default -> throw new IllegalStateException("records have no " + name);
        }
        code.returnValue();
        code.endMethod();
    }

    private void writeEquals(GeneratorAdapter code) {
        Label differs = code.newLabel();
        code.loadArg(1);
        code.instanceOf(owner());
        code.ifZCmp(GeneratorAdapter.EQ, differs);
        for (Handle component : components) {
            Type type = Type.getType(component.getDesc());
            code.loadArg(0);
            code.getField(owner(), component.getName(), type);
            code.loadArg(1);
            code.checkCast(owner());
            code.getField(owner(), component.getName(), type);
            if (isPrimitive(type)) {
                // As records have it: NaN is NaN, and 0.0 is not -0.0.
                code.invokeStatic(boxed(type), new Method("compare", Type.INT_TYPE, new Type[] {type, type}));
                code.ifZCmp(GeneratorAdapter.NE, differs);
            } else {
                code.invokeStatic(OBJECTS, Method.getMethod("boolean equals (Object, Object)"));
                code.ifZCmp(GeneratorAdapter.EQ, differs);
            }
        }
        code.push(true);
        code.returnValue();
        code.mark(differs);
        code.visitFrame(Opcodes.F_NEW, 2, new Object[] {owner().getInternalName(), OBJECT.getInternalName()}, 0, null);
        code.push(false);
    }

    private void writeHashCode(GeneratorAdapter code) {
        code.push(0);
        for (Handle component : components) {
            Type type = Type.getType(component.getDesc());
            code.push(HASH_FACTOR);
            code.math(GeneratorAdapter.MUL, Type.INT_TYPE);
            code.loadArg(0);
            code.getField(owner(), component.getName(), type);
            if (isPrimitive(type)) {
                code.invokeStatic(boxed(type), new Method("hashCode", Type.INT_TYPE, new Type[] {type}));
            } else {
                code.invokeStatic(OBJECTS, Method.getMethod("int hashCode (Object)"));
            }
            code.math(GeneratorAdapter.ADD, Type.INT_TYPE);
        }
    }

    private void writeToString(GeneratorAdapter code) {
        code.newInstance(BUILDER);
        code.dup();
        code.invokeConstructor(BUILDER, Method.getMethod("void <init> ()"));
        String separator = simpleName() + "[";
        for (Handle component : components) {
            Type type = Type.getType(component.getDesc());
            code.push(separator + component.getName() + "=");
            append(code, STRING);
            code.loadArg(0);
            code.getField(owner(), component.getName(), type);
            append(code, type);
            separator = ", ";
        }
        code.push(components.isEmpty() ? separator + "]" : "]");
        append(code, STRING);
        code.invokeVirtual(BUILDER, Method.getMethod("String toString ()"));
    }

    private static void append(GeneratorAdapter code, Type type) {
        Type taken = switch (type.getSort()) {
            case Type.BYTE, Type.SHORT -> Type.INT_TYPE;
            case Type.OBJECT, Type.ARRAY -> type.equals(STRING) ? STRING : OBJECT;
            default -> type;
        };
        code.invokeVirtual(BUILDER, new Method("append", BUILDER, new Type[] {taken}));
    }

    /** Of records that are members of a class, or of none: a local one would have a digit before its name. */
    private String simpleName() {
        String name = owner().getInternalName();
        return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('$')) + 1);
    }

    private static boolean isPrimitive(Type type) {
        return type.getSort() < Type.ARRAY;
    }

    private static Type boxed(Type primitive) {
        return Type.getType(
                switch (primitive.getSort()) {
                    case Type.BOOLEAN -> Boolean.class;
                    case Type.BYTE -> Byte.class;
                    case Type.CHAR -> Character.class;
                    case Type.SHORT -> Short.class;
                    case Type.INT -> Integer.class;
                    case Type.LONG -> Long.class;
                    case Type.FLOAT -> Float.class;
                    default -> Double.class;
                });
    }
}
