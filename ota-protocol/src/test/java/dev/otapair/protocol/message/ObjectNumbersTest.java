package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectNumbersTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "0", "9999999", "0-9999999", "0-1", "3,7-12", "0,2,4-5,9999998-9999999"})
    void rangesAreWrittenAsTheyWereRead(String text) {
        assertThat(ObjectNumbers.parse(text)).hasToString(text).isEqualTo(ObjectNumbers.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",",
                "-",
                "1,",
                ",1",
                "1,,2",
                "1-",
                "-1",
                "1-1",
                "2-1",
                "1,2",
                "1-2,3",
                "1-3,2-4",
                "3,1",
                "1,1",
                "01",
                "0-01",
                "00",
                "10000000",
                "1-10000000",
                "99999999999",
                "1 ",
                " 1",
                "1, 3",
                "+1",
                "a",
                "1-3-5",
                "１",
                "1\n"
            })
    void whatIsNotWrittenLikeThatIsRefused(String text) {
        assertThatThrownBy(() -> ObjectNumbers.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void numbersAreTakenInAnyOrder() {
        assertThat(ObjectNumbers.of(List.of(9, 3, 8, 7, 3))).hasToString("3,7-9");
        assertThat(ObjectNumbers.of(List.of(0, ObjectNumbers.MAX))).hasToString("0,9999999");
        assertThat(ObjectNumbers.of(List.of())).isEqualTo(ObjectNumbers.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, ObjectNumbers.MAX + 1, Integer.MAX_VALUE})
    void numberOutOfBoundsIsRefused(int number) {
        assertThatThrownBy(() -> ObjectNumbers.of(List.of(1, number))).isInstanceOf(IllegalArgumentException.class);
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anySetIsWhatWasPutIn(long seed) {
        Random random = new Random(seed);
        TreeSet<Integer> set =
                random.ints(random.nextInt(60), 0, 100).boxed().collect(Collectors.toCollection(TreeSet::new));

        ObjectNumbers numbers = ObjectNumbers.of(set);

        assertThat(numbers.stream().boxed()).describedAs("seed %d", seed).containsExactlyElementsOf(set);
        assertThat(ObjectNumbers.parse(numbers.toString())).isEqualTo(numbers).hasSameHashCodeAs(numbers);
        assertThat(numbers.isEmpty()).isEqualTo(set.isEmpty());
    }

    @Test
    void noNumbersAreNone() {
        assertThat(ObjectNumbers.NONE.isEmpty()).isTrue();
        assertThat(ObjectNumbers.NONE.stream()).isEmpty();
    }

    @Test
    void messageHasRoomFor1000Characters() {
        List<Integer> fitting =
                IntStream.range(0, 200).mapToObj(i -> 1000 + 2 * i).toList();
        ObjectNumbers most = ObjectNumbers.of(fitting);
        ObjectNumbers more = ObjectNumbers.of(
                IntStream.range(0, 201).mapToObj(i -> 1000 + 2 * i).toList());

        assertThat(most.toString()).hasSize(999);
        assertThat(most.fits()).isTrue();
        assertThat(ObjectNumbers.parse(most.toString())).isEqualTo(most);
        assertThat(more.fits()).isFalse();
        assertThatThrownBy(() -> ObjectNumbers.parse(more.toString())).hasMessageContaining("1000 characters");
    }
}
