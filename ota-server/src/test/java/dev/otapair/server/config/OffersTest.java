package dev.otapair.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.server.ConfigFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffersTest {
    @TempDir
    private Path folder;

    private ConfigFile config;

    @BeforeEach
    void write() {
        config = new ConfigFile(folder);
    }

    private Offers read(String more) {
        config.write(config.text() + more);
        return config.read().offers();
    }

    @Test
    void defaultProductHasTheServersLatest() {
        assertThat(read("").of(Product.DEFAULT)).map(Offered::name).contains(new PackageName(ConfigFile.LATEST));
    }

    @Test
    void productHasASectionOfItsOwn() {
        Offers offers = read("[Product gateway]\nlatest = gw-2\n[Product  meter.v2 ]\nlatest = m-1\n");

        assertThat(offers.of(new Product("gateway"))).map(Offered::name).contains(new PackageName("gw-2"));
        assertThat(offers.of(new Product("meter.v2"))).map(Offered::name).contains(new PackageName("m-1"));
        assertThat(offers.of(Product.DEFAULT)).map(Offered::name).contains(new PackageName(ConfigFile.LATEST));
    }

    @Test
    void productWithoutALatestHasNone() {
        assertThat(read("[Product gateway]\nlatest =\n").of(new Product("gateway")))
                .isEmpty();
    }

    @Test
    void productThatIsNotThereHasNone() {
        assertThat(read("").of(new Product("gateway"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../up", "a b", ".hidden"})
    void nameThatIsNoProductsIsNamed(String name) {
        assertThatThrownBy(() -> read("[Product " + name + "]\nlatest = x\n"))
                .hasMessageContaining("belongs to no product");
    }

    /** T20's twin on this side. */
    @Test
    void packageThatIsNoFileNameIsNamedWithItsLine() {
        assertThatThrownBy(() -> read("[Product gateway]\nlatest = ../etc/passwd\n"))
                .hasMessageContaining(
                        "config.ini:8: [Product gateway] latest is '../etc/passwd', expected a plain file");
    }

    @Test
    void unknownKeyOfAProductIsToldAndItsSectionIsKnown() {
        config.write(config.text() + "[Product gateway]\nlatest = x\nlates = y\n[Produkt a]\nlatest = z\n");

        assertThat(IniFile.read(config.path()).unknownKeys(KnownKeys.bySection()))
                .hasSize(2)
                .anyMatch(line -> line.contains("lates "))
                .anyMatch(line -> line.contains(":10: a section is not known"));
    }
}
