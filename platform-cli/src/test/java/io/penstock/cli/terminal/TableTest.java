package io.penstock.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void alignsTextLeftAndNumbersRight() {
        Table table = new Table("NAME", ">COUNT", "NOTE").row("a", 1, "x").row("longer", 1000, "");

        assertThat(table.lines()).containsExactly("NAME    COUNT  NOTE", "a           1  x", "longer   1000");
    }

    @Test
    void countsCharactersAndNotTheirCodeUnits() {
        assertThat(new Table("N", "M").row("🜁🜁", "x").row("ab", "y").lines())
                .containsExactly("N   M", "🜁🜁  x", "ab  y");
    }

    @Test
    void refusesARowOfAnotherWidth() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Table("A", "B").row(1));
    }
}
