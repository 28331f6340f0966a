using FluentAssertions;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

public sealed class BootstrapTests
{
    private static readonly Bootstrap Bootstrap = new(Seed: 3, Resamples: 2000);

    [Fact]
    public void Where_all_rows_agree_the_far_bound_is_the_exact_one()
    {
        // The chance of ten failures in a row is 2.5 % where each has the chance 0.692: 0.692^10 = 0.025.
        Bootstrap.Of([.. Enumerable.Repeat(RowValue.Of(false), 10)])!.Value.Should().Match<Interval>(it => it.Low == 0 && Math.Abs(Math.Pow(1 - it.High, 10) - 0.025) < 1e-12);
        Bootstrap.Of([.. Enumerable.Repeat(RowValue.Of(true), 10)])!.Value.Should().Match<Interval>(it => it.High == 1 && Math.Abs(Math.Pow(it.Low, 10) - 0.025) < 1e-12);
        Bootstrap.Of([new(0.25), new(0.25)]).Should().BeNull();
        Bootstrap.Of([new(0.5)]).Should().BeNull();
    }

    [Fact]
    public void An_interval_holds_the_value_and_narrows_with_more_rows()
    {
        RowValue[] few = [.. Enumerable.Range(0, 12).Select(i => new RowValue(i % 3))], many = [.. Enumerable.Range(0, 300).Select(i => new RowValue(i % 3))];
        var (wide, narrow) = (Bootstrap.Of(few)!.Value, Bootstrap.Of(many)!.Value);
        wide.Low.Should().BeLessThan(1);
        wide.High.Should().BeGreaterThan(1);
        (narrow.High - narrow.Low).Should().BeLessThan((wide.High - wide.Low) / 3);
    }

    [Fact]
    public void What_is_hard_for_both_does_not_hide_a_difference()
    {
        // Rows differ by ten, models by a tenth.
        RowValue[] first = [.. Enumerable.Range(0, 20).Select(i => new RowValue(i * 10))], second = [.. Enumerable.Range(0, 20).Select(i => new RowValue(i * 10 + 0.1 + 0.01 * (i % 3)))];
        Bootstrap.OfDifference(first, second)!.Value.Should().Match<Interval>(it => it.ExcludesZero && it.Low > 0.09 && it.High < 0.13);
        Bootstrap.OfIncrease([.. first.Skip(1)], [.. first.Skip(1).Select(row => new RowValue(1.2 * row.Sum))])!.Value.Should().Match<Interval>(it => Math.Abs(it.Low - 0.2) < 1e-9 && Math.Abs(it.High - 0.2) < 1e-9);
        FluentActions.Invoking(() => Bootstrap.OfDifference(first, [.. second.Skip(1)])).Should().Throw<ArgumentException>().WithMessage("There are 20 rows of one model and 19 of the other.*");
    }
}
