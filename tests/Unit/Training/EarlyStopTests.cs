using FluentAssertions;
using TurkishLlm.Runs;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training;

public sealed class EarlyStopTests
{
    [Theory]
    [InlineData(false, 2)]
    [InlineData(false, 2, 3.0)]
    [InlineData(false, 2, 3.0, 3.1)]
    [InlineData(true, 2, 3.0, 3.1, 3.2)]
    [InlineData(true, 2, 3.0, 3.0, 3.0)]
    [InlineData(false, 2, 3.0, 3.1, 2.9)]
    [InlineData(false, 2, 3.0, 3.1, 2.9, 3.0)]
    [InlineData(true, 2, 3.0, 3.1, 2.9, 3.0, 3.0)]
    [InlineData(true, 1, 3.0, 2.0, 2.5)]
    [InlineData(false, 0, 3.0, 3.1, 3.2, 3.3)]
    [InlineData(true, 2, 3.0, double.NaN, double.NaN)]
    [InlineData(true, 2, double.NaN, double.NaN, double.NaN)]
    [InlineData(false, 2, double.NaN, double.NaN, 5.0)]
    public void Ends_when_the_lowest_loss_is_old(bool ends, int patience, params double[] losses) =>
        EarlyStopping.ShouldStop(losses, CheckpointMetric.Loss, patience).Should().Be(ends);
}
