using FluentAssertions;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Unit.Model;
using Xunit.Sdk;

namespace TurkishLlm.Tests.Unit.Packages;

public sealed class GoldenLossesTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private static readonly double[] Losses = [4.25, 3.5, 2.0625];
    private readonly TemporaryFolder _folder = new();

    private string Source => _folder / "SomeTests.cs";

    private string Verified => _folder / "Steps.verified.txt";

    private string Received => _folder / "Steps.received.txt";

    [Fact]
    public void The_first_run_fails_and_what_it_leaves_can_be_accepted()
    {
        var first = () => GoldenLosses.Verify(Losses, "Steps", Tolerance, Source);
        first.Should().Throw<FailException>().WithMessage($"Steps: nothing is on record*mv {Received} {Verified}");
        File.Exists(Verified).Should().BeFalse("a test never writes the record");
        File.Move(Received, Verified);
        GoldenLosses.Verify(Losses, "Steps", tolerance: 0, Source);
    }

    [Theory]
    [InlineData(0, 1.00001, false)]
    [InlineData(0, 1.000009, true)]
    [InlineData(2, 1.000011, false)]
    [InlineData(1, 0.999991, true)]
    [InlineData(1, double.NaN, false)]
    [InlineData(2, double.PositiveInfinity, false)]
    public void Each_number_is_compared_with_its_own_record(int step, double factor, bool isWithin)
    {
        File.WriteAllText(Verified, "# three steps\n4.25\n3.5\n2.0625\n");
        double[] losses = [.. Losses];
        losses[step] *= factor;
        var verify = () => GoldenLosses.Verify(losses, "Steps", Tolerance, Source);
        if (isWithin) verify.Should().NotThrow();
        else verify.Should().Throw<FailException>().WithMessage(
            FormattableString.Invariant($"Steps: number {step} is *, on record {Losses[step]}: *"));
        File.Exists(Received).Should().Be(!isWithin);
    }

    [Fact]
    public void Another_order_another_count_and_a_mean_that_agrees_are_refused()
    {
        File.WriteAllText(Verified, "4.25\n3.5\n2.0625\n");
        double[][] wrong = [[3.5, 4.25, 2.0625], [4.25, 3.5], [.. Losses, 1], [4.25, 3.4375, 2.125]];
        foreach (var losses in wrong)
        {
            var verify = () => GoldenLosses.Verify(losses, "Steps", Tolerance, Source);
            verify.Should().Throw<FailException>();
        }
    }

    [Fact]
    public void A_run_that_agrees_deletes_what_an_earlier_one_received()
    {
        File.WriteAllText(Verified, "4.25\n3.5\n2.0625\n");
        File.WriteAllText(Received, "1\n");
        GoldenLosses.Verify(Losses, "Steps", Tolerance, Source);
        File.Exists(Received).Should().BeFalse();
        File.ReadAllText(Verified).Should().Be("4.25\n3.5\n2.0625\n");
    }

    [Fact]
    public void A_source_that_is_not_on_this_machine_is_explained()
    {
        var verify = () => GoldenLosses.Verify(Losses, "Steps", Tolerance, "/_/elsewhere/SomeTests.cs");
        verify.Should().Throw<DirectoryNotFoundException>().WithMessage("*DeterministicSourcePaths*");
    }

    public void Dispose() => _folder.Dispose();
}
