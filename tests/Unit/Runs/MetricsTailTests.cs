using FluentAssertions;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>Reading a log while it grows; LOG-03 judges the steps.</summary>
[Trait("Suite", "Fast")]
public sealed class MetricsTailTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LogFile => _folder / "metrics.jsonl";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_across_the_parts_in_which_a_file_is_read_are_whole()
    {
        Append(1, 3000);
        var tail = new MetricsTail(LogFile);
        tail.Read().Should().Be(0);
        tail.Steps.Should().Equal(MetricsLog.Read(LogFile)).And.HaveCount(3000);
        Append(3001, 10);
        tail.Read().Should().Be(3000);
        tail.Steps.Should().Equal(MetricsLog.Read(LogFile)).And.HaveCount(3010);
        tail.Read().Should().Be(3010, "nothing was written");
    }

    [Fact]
    public void Says_how_many_steps_are_unchanged()
    {
        var tail = new MetricsTail(LogFile);
        tail.Read().Should().Be(0);
        Append(1, 20);
        tail.Read().Should().Be(0);
        Append(16, 2);
        tail.Read().Should().Be(15);
        tail.Steps.Select(line => line.Step).Should().Equal(Enumerable.Range(1, 17).Select(step => (long)step));
        using (var log = MetricsLog.Open(LogFile, afterStep: 10)) log.Append(Line(11));
        tail.Read().Should().Be(0, "everything was read again");
        tail.Steps.Should().HaveCount(11);
        File.Delete(LogFile);
        tail.Read().Should().Be(0);
        tail.Steps.Should().BeEmpty();
    }

    [Fact]
    public void After_an_invalid_line_everything_is_read_again()
    {
        Append(1, 5);
        var tail = new MetricsTail(LogFile);
        tail.Read();
        var whole = File.ReadAllBytes(LogFile);
        File.AppendAllText(LogFile, "{\"step\":6}\n");
        tail.Invoking(it => it.Read()).Should().Throw<InvalidDataException>().WithMessage($"{LogFile}:6: it lacks *");
        tail.Steps.Should().BeEmpty();
        File.WriteAllBytes(LogFile, whole);
        tail.Read();
        tail.Steps.Should().HaveCount(5);
    }

    [Fact]
    public void A_file_without_line_breaks_is_refused_before_it_fills_the_memory()
    {
        using (var stream = new FileStream(LogFile, FileMode.CreateNew)) stream.SetLength(1L << 26);
        new MetricsTail(LogFile).Invoking(it => it.Read()).Should().Throw<InvalidDataException>()
            .WithMessage($"{LogFile}:1: the line is longer than 16 MiB, so it is not one of a log of metrics.");
    }

    private void Append(int first, int count)
    {
        using var log = MetricsLog.Open(LogFile, afterStep: long.MaxValue);
        foreach (var step in Enumerable.Range(first, count)) log.Append(Line(step));
    }

    private static StepMetrics Line(int step) => new(
        step, 6 - step * 1e-3, 1e-3, 1.5, step * 256, 1000 + step % 7, step * 0.25, 1 << 20, step % 10 == 0 ? 5.5 : null);
}
