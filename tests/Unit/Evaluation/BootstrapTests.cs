using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Tests.Unit.Evaluation;

public sealed class BootstrapTests
{
    private static readonly Bootstrap Bootstrap = new(Seed: 3, Resamples: 2000);

    [Fact]
    public void Where_all_rows_agree_the_far_bound_is_the_exact_one()
    {
        // The chance of ten failures in a row is 2.5 % where each has the chance 0.692: 0.692^10 = 0.025.
        Bootstrap
            .GetInterval([.. Enumerable.Repeat(RowValue.FromBoolean(false), 10)])!
            .Value.Should()
            .Match<ConfidenceInterval>(it => it.Low == 0 && Math.Abs(Math.Pow(1 - it.High, 10) - 0.025) < 1e-12);
        Bootstrap
            .GetInterval([.. Enumerable.Repeat(RowValue.FromBoolean(true), 10)])!
            .Value.Should()
            .Match<ConfidenceInterval>(it => it.High == 1 && Math.Abs(Math.Pow(it.Low, 10) - 0.025) < 1e-12);
        Bootstrap.GetInterval([new(0.25), new(0.25)]).Should().BeNull();
        Bootstrap.GetInterval([new(0.5)]).Should().BeNull();
    }

    [Fact]
    public void An_interval_holds_the_value_and_narrows_with_more_rows()
    {
        RowValue[] few = [.. Enumerable.Range(0, 12).Select(i => new RowValue(i % 3))],
            many = [.. Enumerable.Range(0, 300).Select(i => new RowValue(i % 3))];
        var (wide, narrow) = (Bootstrap.GetInterval(few)!.Value, Bootstrap.GetInterval(many)!.Value);
        wide.Low.Should().BeLessThan(1);
        wide.High.Should().BeGreaterThan(1);
        (narrow.High - narrow.Low).Should().BeLessThan((wide.High - wide.Low) / 3);
    }

    [Fact]
    public void What_is_hard_for_both_does_not_hide_a_difference()
    {
        // Rows differ by ten, models by a tenth.
        RowValue[] first = [.. Enumerable.Range(0, 20).Select(i => new RowValue(i * 10))],
            second = [.. Enumerable.Range(0, 20).Select(i => new RowValue(i * 10 + 0.1 + 0.01 * (i % 3)))];
        Bootstrap
            .GetDifferenceInterval(first, second)!
            .Value.Should()
            .Match<ConfidenceInterval>(it => it.ExcludesZero && it.Low > 0.09 && it.High < 0.13);
        Bootstrap
            .GetIncreaseInterval([.. first.Skip(1)], [.. first.Skip(1).Select(row => new RowValue(1.2 * row.Sum))])!
            .Value.Should()
            .Match<ConfidenceInterval>(it => Math.Abs(it.Low - 0.2) < 1e-9 && Math.Abs(it.High - 0.2) < 1e-9);
        FluentActions
            .Invoking(() => Bootstrap.GetDifferenceInterval(first, [.. second.Skip(1)]))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("There are 20 rows of one model and 19 of the other.*");
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_one_nearly_that()
    {
        RowValue[] rows = [.. Enumerable.Range(0, 40).Select(i => new RowValue(i * i % 7, 1 + i % 3))];
        var (first, other) = (Bootstrap.GetInterval(rows)!.Value, (Bootstrap with { Seed = 4 }).GetInterval(rows)!.Value);
        Bootstrap.GetInterval(rows).Should().Be(first);
        other.Should().NotBe(first);
        other.Low.Should().BeApproximately(first.Low, 0.1 * (first.High - first.Low));
    }

    [Fact]
    public void Of_a_hundred_intervals_about_ninety_five_hold_the_true_value()
    {
        // Of 300 tries with a chance of 95 % each, fewer than 273 (91 %) or more than 295 succeed once in a thousand times.
        var random = new Random(5);
        var held = Enumerable.Range(0, 300).Count(trial =>
        {
            RowValue[] rows = [.. Enumerable.Range(0, 80).Select(_ => RowValue.FromBoolean(random.NextDouble() < 0.3))];
            return new Bootstrap(trial, 300).GetInterval(rows) is { Low: <= 0.3, High: >= 0.3 };
        });
        held.Should().BeInRange(273, 295);
    }

    [Fact]
    public void Where_two_models_are_equally_good_about_five_comparisons_of_a_hundred_say_otherwise()
    {
        // Rows are hard or easy for both; what differs is noise. A fixed difference is seen nearly always.
        var random = new Random(6);
        var (wrong, seen) = (0, 0);
        for (var trial = 0; trial < 300; trial++)
        {
            var hardness = Enumerable.Range(0, 50).Select(_ => 10 * random.NextDouble()).ToArray();
            RowValue[] Model(double better) => [.. hardness.Select(hard => new RowValue(hard + better + random.NextDouble()))];
            var (first, second, better) = (Model(0), Model(0), Model(0.4));
            if (new Bootstrap(trial, 300).GetDifferenceInterval(first, second)!.Value.ExcludesZero) wrong++;
            if (new Bootstrap(trial, 300).GetDifferenceInterval(first, better)!.Value is { Low: > 0 }) seen++;
        }
        wrong.Should().BeInRange(5, 30);
        seen.Should().BeGreaterThan(290);
    }
}
